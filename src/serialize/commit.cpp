// A commit waits for the disk several times: for the archives, the journal, the names, the ledger and the tracker. Most
// of these waits take the same time for one archive as for a hundred. So after each commit, written archives gather for
// twice the time that it took, and the next commit takes all of them.

#include "serialize/commit.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "acedt/async/crossing.hpp"
#include "acedt/oci/media_type.hpp"
#include "acedt/sync/archive_name.hpp"

namespace acedt::serialize {
namespace {

using namespace std::chrono_literals;

constexpr int gathering_per_commit = 2;  // times the last commit's duration: commits take at most a third of the time
constexpr auto max_gathering = 1s;

bool needs_other_names(const PendingArchive& archive) {
  return std::ranges::any_of(archive.needs, [&](const std::string& file) {
    const auto needed = sync::ArchiveName::parse_tracked(file);
    return needed && needed->name != archive.artifact.row.name;
  });
}

}  // namespace

sync::FinishedArchive PendingArchive::finished() const {
  sync::FinishedArchive result{
      {file, artifact.row.artifact, artifact.root.digest.text()}, {file, writer->file_size()}, partial};
  result.stored.origin = {artifact.row.artifact, artifact.root.digest.text(), needs, engine::platforms_of(artifact)};
  if (const auto& lost = artifact.row.lost) {
    result.replaces = lost->is_there;
    result.is_tracked = lost->is_tracked;
  }
  for (const plan::PlacedContent& content : contents) {
    result.stored.blobs.push_back({content.digest, content.size, writer->location(content.offset)});
  }
  return result;
}

CommitQueue::CommitQueue(const async::Executor& control, std::size_t limit, RowResults& results)
    : limit_(limit), results_(results), changed_(control), gathering_(control) {
  results_.when_failed([this](std::uint64_t) { changed(); });
}

async::awaitable<void> CommitQueue::room(std::uint64_t row) {
  while (archives_.size() >= limit_ && row < results_.failed_row()) co_await changed_.wait();
}

void CommitQueue::push(std::shared_ptr<PendingArchive> archive) {
  archives_.push_back(std::move(archive));
  changed();
}

void CommitQueue::close() {
  closed_ = true;
  changed();
}

void CommitQueue::part_done(PendingArchive& archive) {
  if (--archive.parts_left > 0) return;
  ++written_;
  changed();
}

void CommitQueue::changed() {
  changed_.wake_all();
  if (has_gathered()) gathering_.cancel();
}

bool CommitQueue::first_is_written() const {
  return !archives_.empty() && archives_.front()->row < results_.failed_row() && archives_.front()->parts_left == 0;
}

bool CommitQueue::has_gathered() const {
  return results_.failure() || written_ >= max_taken() || (closed_ && written_ == archives_.size());
}

async::awaitable<void> CommitQueue::gather(std::chrono::steady_clock::duration max_wait) {
  if (has_gathered()) co_return;
  gathering_.expires_after(max_wait);
  co_await gathering_.async_wait(async::as_value);
}

async::awaitable<std::vector<std::shared_ptr<PendingArchive>>> CommitQueue::take_written() {
  while (!first_is_written()) {
    const bool none_left = closed_ && (archives_.empty() || archives_.front()->row >= results_.failed_row());
    if (none_left && results_.failure()) std::rethrow_exception(results_.failure());
    if (none_left) break;
    co_await changed_.wait();
  }
  std::vector<std::shared_ptr<PendingArchive>> written;
  while (written.size() < max_taken() && first_is_written()) {
    written.push_back(std::move(archives_.front()));
    archives_.pop_front();
  }
  written_ -= written.size();
  changed();
  co_return written;
}

Commit::Commit(const Options& options, async::Runtime& runtime, sync::Folder& folder, plan::Dedup& dedup,
               CommitQueue& queue, RowResults& results, report::Observer& observer, Callbacks callbacks)
    : options_(options),
      runtime_(runtime),
      folder_(folder),
      dedup_(dedup),
      queue_(queue),
      results_(results),
      observer_(observer),
      callbacks_(std::move(callbacks)) {}

async::awaitable<void> Commit::run() {
  for (;;) {
    std::vector<std::shared_ptr<PendingArchive>> written = co_await queue_.take_written();
    if (written.empty()) co_return;
    const auto begin = std::chrono::steady_clock::now();
    co_await commit(std::move(written));
    const auto took = std::chrono::steady_clock::now() - begin;
    co_await queue_.gather(std::min<std::chrono::steady_clock::duration>(gathering_per_commit * took, max_gathering));
  }
}

async::awaitable<void> Commit::commit(std::vector<std::shared_ptr<PendingArchive>> written) {
  std::vector<sync::FinishedArchive> finished;
  for (const std::shared_ptr<PendingArchive>& archive : written) {
    try {
      co_await archive->writer->finish();
    } catch (...) {
      callbacks_.not_written(*archive, std::current_exception());
      break;
    }
    finished.push_back(archive->finished());
  }
  auto job = [&] {
    folder_.commit(finished);
    return finished.size();
  };
  const std::size_t count = co_await async::offload(runtime_.disk(), job);
  for (std::size_t i = 0; i < count; ++i) committed(*written[i]);
}

void Commit::committed(const PendingArchive& archive) {
  for (const plan::PlacedContent& content : archive.contents)
    dedup_.add(archive.archive, content.digest, content.size, archive.writer->location(content.offset));
  archive.writer->committed();
  results_.end(archive.row);
  callbacks_.committed(archive);
  ++archives_;
  if (needs_other_names(archive)) ++dependent_;

  report::ArchiveCommitted event{archive.file, archive.artifact.row.artifact, archive.artifact.root.digest,
                                 archive.writer->file_size()};
  if (options_.recursive) event.referrers = archive.artifact.graph.referrers;
  event.needs = archive.needs;
  report::tell(observer_, std::move(event));
  if (archive.manifest_json_is_empty)
    report::tell(observer_,
                 report::Warning{results_.where(archive.row) + ": manifest.json in " + archive.file +
                                 " is empty: no image has the annotation " + std::string(oci::annotation::source)});
}

}  // namespace acedt::serialize
