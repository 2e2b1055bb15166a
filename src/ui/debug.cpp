#include "acedt/ui/debug.hpp"

#include <concepts>
#include <string_view>
#include <system_error>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"

namespace acedt::ui {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t write_from = 65536;  // bytes of lines that are worth a system call

std::string json(std::string_view text) {
  return '"' + json_escaped(text) + '"';
}
std::string json(const oci::Digest& digest) {
  return json(digest.text());
}
std::string json(Bytes bytes) {
  return std::to_string(bytes.count);
}
std::string json(std::chrono::milliseconds duration) {
  return std::to_string(duration.count());
}
std::string json(std::same_as<bool> auto value) {
  return value ? "true" : "false";
}
template <std::integral Number>
  requires(!std::same_as<Number, bool>)
std::string json(Number value) {
  return std::to_string(value);
}

/// The members of an object after its first, and its end.
class Members {
 public:
  explicit Members(std::string& out) : out_(out) {}

  template <class Value>
  Members& add(std::string_view name, const Value& value) {
    out_ += ',' + json(name) + ':' + json(value);
    return *this;
  }

  void operator()(const report::RunStarted& run) {
    add("event", "run_started").add("rows", run.rows).add("skipped", run.skipped);
  }
  void operator()(const report::RowSkipped& row) {
    add("event", "row_skipped").add("name", row.name).add("artifact", row.artifact);
  }
  void operator()(const report::ArtifactResolved& artifact) {
    add("event", "artifact_resolved").add("archive", artifact.archive).add("artifact", artifact.artifact);
    add("digest", artifact.digest).add("manifests", artifact.manifests).add("blobs", artifact.blobs);
    add("size", artifact.size).add("shared", artifact.shared).add("shared_size", artifact.shared_size);
  }
  void operator()(const report::BlobStored& blob) {
    add("event", "blob_stored").add("archive", blob.archive).add("digest", blob.digest).add("size", blob.size);
    add("copied", blob.copied);
  }
  void operator()(const report::Retrying& retry) {
    add("event", "retrying").add("what", retry.what).add("why", retry.why).add("delay", retry.delay);
    add("attempt", retry.attempt);
  }
  void operator()(const report::ArchiveCommitted& archive) {
    add("event", "archive_committed").add("archive", archive.archive).add("artifact", archive.artifact);
    add("digest", archive.digest).add("size", archive.size);
  }
  void operator()(const report::Warning& warning) { add("event", "warning").add("text", warning.text); }
  void operator()(const report::RunFinished& run) {
    add("event", "run_finished").add("archives", run.archives).add("fetched", run.fetched);
    add("requests", run.requests).add("shared_size", run.shared_size).add("complete", run.complete);
  }
  void operator()(const report::Counters& counters) {
    add("event", "counters").add("bytes_received", counters.bytes_received.load());
    add("requests", counters.requests.load()).add("bytes_planned", counters.bytes_planned.load());
    add("bytes_stored", counters.bytes_stored.load());
  }

 private:
  std::string& out_;
};

File create_in(const std::filesystem::path& folder) {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem) throw Error(ErrorKind::storage, "create " + folder.string() + ": " + problem.message());
  return File::create(folder / "events.jsonl");
}

}  // namespace

Debug::Debug(const std::filesystem::path& folder) : file_(create_in(folder)) {}

Debug::~Debug() {
  try {
    flush();
  } catch (const Error&) {
    // A full disk: the run has ended, and nothing else can be lost by it.
  }
}

void Debug::on(const report::Event& event) {
  pending_ += beginning(event.at);
  Members members(pending_);
  std::visit(members, event.what);
  pending_ += "}\n";
  if (pending_.size() >= write_from) flush();
}

void Debug::tick(Time now, const report::Counters& counters) {
  if (counted_at_ && now - *counted_at_ < 1s) return;
  counted_at_ = now;
  pending_ += beginning(now);
  Members members(pending_);
  members(counters);
  pending_ += "}\n";
  flush();
}

std::string Debug::beginning(Time at) {
  if (!started_) started_ = at;
  return R"({"time":)" + json(std::chrono::duration_cast<std::chrono::milliseconds>(at - *started_));
}

void Debug::flush() {
  file_.append(pending_);
  pending_.clear();
}

}  // namespace acedt::ui
