// The report is written during the run, so its memory is bounded: a row is appended as it ends, and only rows
// whose archives are pending are kept. A file is written as PATH.unfinished and renamed at the end; a device is written
// directly.

#include "acedt/ui/report.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/base/file.hpp"
#include "acedt/ui/text.hpp"
#include "ui/json_members.hpp"

namespace acedt::ui {
namespace {

constexpr std::size_t min_write = 65536;  // bytes per system call

/// Returns PATH.unfinished, the name of the file until the run has ended.
std::filesystem::path unfinished(std::filesystem::path path) {
  path += ".unfinished";
  return path;
}

/// Returns the target of `path` if it is a regular file or does not exist, else nullopt.
std::optional<std::filesystem::path> replaceable(const std::filesystem::path& path, const Disk& disk) {
  std::filesystem::path target = without_links(path);
  if (named_descriptor(target)) return std::nullopt;
  const auto status = disk.status(target);
  if (status && status->type != std::filesystem::file_type::regular) return std::nullopt;
  return target;
}

JsonMembers members_of(const Cause& cause) {
  JsonMembers members;
  members.add("class", cause.kind).add("text", cause.text).add("hint", cause.hint);
  return members;
}

JsonMembers members_of(const report::Problem& problem) {
  return members_of(Cause{std::string(name(problem.kind)), problem.text, problem.hint});
}

JsonMembers members_of(const report::RunFinished& run) {
  JsonMembers members;
  members.add("complete", run.complete).add("archives", run.archives).add("failed", run.failed);
  members.add("fetched", run.fetched).add("requests", run.requests).add("saved", run.shared_size);
  return members.add("recovered", run.recovered).add("dependent", run.dependent);
}

JsonMembers members_of(const report::PushFinished& push) {
  JsonMembers members;
  if (!push.shard.empty()) members.add("shard", push.shard);
  members.add("complete", push.complete).add("archives", push.archives).add("skipped", push.skipped);
  return members.add("failed", push.failed).add("sent", push.sent).add("requests", push.requests);
}

JsonMembers members_of(const Totals& totals, const RunEnd& end) {
  JsonMembers failures;
  for (const auto& [kind, count] : failures_of(totals, end)) failures.add(kind, count);
  JsonMembers members;
  members.add("done", totals.done).add("skipped", totals.skipped).add("failed", totals.failed);
  members.add("left", totals.left).add("dropped", totals.dropped).add("blobs", totals.blobs);
  members.add("stored", totals.stored).add("received", totals.received).add("sent", totals.sent);
  members.add("requests", totals.requests).add("retries", totals.retries);
  return members.add("paused_milliseconds", totals.paused).add("failures", failures);
}

/// Returns the members before "rows".
std::string head_of(const RunStart& start) {
  JsonMembers members;
  members.add("version", 1).add("program", "ace-dt " + start.version).add("command", start.command);
  return members.add("started", rfc3339(start.at.date)).text();
}

/// Returns the members that the rows of all states have.
JsonMembers row(const std::string& name, const std::string& artifact, std::string_view state) {
  JsonMembers members;
  members.add("name", name).add("artifact", artifact).add("state", state);
  return members;
}

/// The same for the rows of a push.
JsonMembers push_row(const std::string& archive, const std::string& artifact, std::string_view state) {
  JsonMembers members;
  members.add("archive", archive).add("artifact", artifact).add("state", state);
  return members;
}

}  // namespace

Report::Report(report::Observer& next, const RunStart& start, const std::filesystem::path& path, const Disk& disk)
    : next_(next),
      disk_(disk),
      target_(replaceable(path, disk)),
      output_(Output::open(target_ ? unfinished(*target_) : path, disk)),
      pending_('{' + head_of(start) + ",\"rows\":["),
      started_(start.at.time),
      outcome_((start.destination.empty() ? members_of(report::RunFinished{})
                                          : members_of(report::PushFinished{.shard = start.shard}))
                   .text()) {
  if (target_) disk_.remove(*target_);
}

Report::~Report() {
  if (is_renamed_ || !target_) return;
  try {
    disk_.remove(unfinished(*target_));
  } catch (const Error&) {
    // A leftover PATH.unfinished does no harm.
  }
}

void Report::check() const {
  output_.check();
  if (failure_) throw Error(*failure_);
}

void Report::on(const report::Event& event) {
  std::visit([&](const auto& what) { note(what, event.at); }, event.what);
  next_.on(event);
}

void Report::note(const report::RowSkipped& skipped, Time) {
  add_row(row(skipped.name, skipped.artifact, "skipped")
              .add("archive", skipped.archive)
              .add("digest", skipped.digest)
              .text());
}

void Report::note(const report::RowDropped& dropped, Time) {
  JsonMembers members = row(dropped.name, dropped.artifact, "dropped");
  add_row(members.add("line", dropped.line).add("kept_line", dropped.kept_line).text());
}

void Report::note(const report::ArtifactResolved& artifact, Time at) {
  pending_archives_[artifact.archive] = {artifact.name, at, {}, artifact.shared_size};
}

void Report::note(const report::BlobStored& blob, Time) {
  PendingArchive& archive = pending_archives_[blob.archive];
  archive.fetched += blob.fetched;
  archive.saved += blob.size - std::min(blob.size, blob.fetched);
  archive.attempts = std::max(archive.attempts, blob.attempts);
}

void Report::note(const report::ArchiveCommitted& archive, Time at) {
  const PendingArchive made = std::move(pending_archives_.extract(archive.archive).mapped());
  JsonMembers members = row(made.name, archive.artifact, "done");
  members.add("archive", archive.archive).add("digest", archive.digest).add("size", archive.size);
  members.add("fetched", made.fetched).add("saved", made.saved);
  members.add("milliseconds", std::chrono::duration_cast<std::chrono::milliseconds>(at - made.since));
  add_row(members.add("attempts", made.attempts).add("needs", archive.needs).text());
}

void Report::note(const report::RowFailed& failed, Time) {
  JsonMembers members = row(failed.name, failed.artifact, "failed");
  add_row(members.add("attempts", failed.attempts).add("error", members_of(failed.problem)).text());
}

void Report::note(const report::RowLeft& left, Time) {
  add_row(row(left.name, left.artifact, "left").text());
}

void Report::note(const report::PushSkipped& push, Time) {
  add_row(push_row(push.archive, push.artifact, "skipped").text());
}

void Report::note(const report::ArchivePushed& push, Time) {
  const std::string_view done = push.shard.empty() ? "done" : "share";
  JsonMembers members = push_row(push.archive, push.artifact, push.is_planned_only ? "planned" : done);
  members.add("digest", push.digest).add("manifests", push.manifests).add("blobs", push.blobs);
  members.add("there", push.there).add("sent", push.sent);
  if (push.moved_from) members.add("moved_from", *push.moved_from);
  if (push.kept_at) members.add("kept_at", *push.kept_at);
  add_row(members.text());
}

void Report::note(const report::PushFailed& push, Time) {
  JsonMembers members = push_row(push.archive, push.artifact, "failed");
  add_row(members.add("error", members_of(push.problem)).text());
}

void Report::note(const report::PushLeft& push, Time) {
  JsonMembers members;
  add_row(members.add("archive", push.archive).add("state", "left").text());
}

void Report::note(const report::PushFinished& push, Time) {
  outcome_ = members_of(push).text();
  problem_ = push.problem;
}

void Report::note(const report::RunFinished& run, Time) {
  outcome_ = members_of(run).text();
  problem_ = run.problem;
}

/// Appends an object to "rows".
void Report::add_row(const std::string& members) {
  pending_ += (std::exchange(first_, false) ? "\n{" : ",\n{") + members + '}';
  if (pending_.size() < min_write) return;
  output_.write(pending_);
  pending_.clear();
}

void Report::end(const RunEnd& end, const Totals& totals) {
  JsonMembers members;
  if (problem_)
    members.add("error", members_of(*problem_));
  else if (end.cause)
    members.add("error", members_of(*end.cause));
  members.add("ended", rfc3339(end.at.date));
  members.add("milliseconds", std::chrono::duration_cast<std::chrono::milliseconds>(end.at.time - started_));
  members.add("exit_status", end.exit_status).add("totals", members_of(totals, end));
  pending_ += "\n]," + outcome_ + ',' + members.text() + "}\n";
  output_.write(pending_);
  if (target_) rename_to_target();
}

/// Gives the complete report its name. Keeps a failure for check(), as the run itself has ended by now.
void Report::rename_to_target() {
  output_.sync();
  try {
    output_.check();
    const auto status = disk_.status(*target_);
    if (status && status->type != std::filesystem::file_type::regular)
      throw Error(ErrorKind::storage, target_->string() + ": not a regular file any more")
          .hint("write the report to another file");
    disk_.rename(unfinished(*target_), *target_);
    is_renamed_ = true;
  } catch (const Error& error) {
    failure_ = error;
  }
}

}  // namespace acedt::ui
