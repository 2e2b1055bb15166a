#include "ui/event_members.hpp"

#include <variant>

namespace acedt::ui {
namespace {

/// The members for each kind of event.
class Members : public JsonMembers {
 public:
  void operator()(const report::RunStarted& run) {
    add("event", "run_started").add("rows", run.rows).add("skipped", run.skipped);
  }
  void operator()(const report::RowSkipped& row) {
    add("event", "row_skipped").add("name", row.name).add("artifact", row.artifact);
    add("archive", row.archive).add("digest", row.digest);
  }
  void operator()(const report::RowDropped& row) {
    add("event", "row_dropped").add("name", row.name).add("artifact", row.artifact);
    add("line", row.line).add("kept_line", row.kept_line);
  }
  void operator()(const report::ArtifactResolved& artifact) {
    add("event", "artifact_resolved")
        .add("name", artifact.name)
        .add("archive", artifact.archive)
        .add("artifact", artifact.artifact);
    add("digest", artifact.digest).add("manifests", artifact.manifests).add("blobs", artifact.blobs);
    add("size", artifact.size).add("shared", artifact.shared).add("shared_size", artifact.shared_size);
    if (artifact.referrers) add("referrers", *artifact.referrers);
  }
  void operator()(const report::BlobStored& blob) {
    add("event", "blob_stored").add("archive", blob.archive).add("digest", blob.digest).add("size", blob.size);
    add("fetched", blob.fetched).add("attempts", blob.attempts);
  }
  void operator()(const report::Retrying& retry) {
    add("event", "retrying").add("what", retry.what).add("why", retry.why).add("delay", retry.delay);
    add("attempt", retry.attempt);
    if (!retry.host.empty()) add("host", retry.host);
  }
  void operator()(const report::HostPaused& pause) {
    add("event", "host_paused").add("host", pause.host).add("pause", pause.pause);
  }
  void operator()(const report::HostRecovered& host) { add("event", "host_recovered").add("host", host.host); }
  void operator()(const report::ArchiveCommitted& archive) {
    add("event", "archive_committed").add("archive", archive.archive).add("artifact", archive.artifact);
    add("digest", archive.digest).add("size", archive.size);
    if (archive.referrers) add("referrers", *archive.referrers);
    add("needs", archive.needs);
  }
  void operator()(const report::RowFailed& row) {
    add("event", "row_failed").add("name", row.name).add("artifact", row.artifact).add("class", name(row.problem.kind));
    add("why", row.problem.text).add("attempts", row.attempts).add("passed_over", row.passed_over);
  }
  void operator()(const report::RowLeft& row) {
    add("event", "row_left").add("name", row.name).add("artifact", row.artifact);
  }
  void operator()(const report::Warning& warning) { add("event", "warning").add("text", warning.text); }
  void operator()(const report::RunFinished& run) {
    add("event", "run_finished").add("archives", run.archives).add("failed", run.failed).add("fetched", run.fetched);
    add("requests", run.requests).add("shared_size", run.shared_size).add("complete", run.complete);
    add("recovered", run.recovered).add("dependent", run.dependent);
  }
  void operator()(const report::PushStarted& push) {
    add("event", "push_started").add("archives", push.archives).add("skipped", push.skipped);
    if (!push.shard.empty()) add("shard", push.shard);
  }
  void operator()(const report::PushSkipped& push) {
    add("event", "push_skipped").add("archive", push.archive).add("artifact", push.artifact);
  }
  void operator()(const report::PushPlanned& push) {
    add("event", "push_planned").add("archive", push.archive).add("artifact", push.artifact);
    add("manifests", push.manifests).add("blobs", push.blobs).add("size", push.size);
  }
  void operator()(const report::ArchivePushed& push) {
    add("event", "archive_pushed").add("archive", push.archive).add("artifact", push.artifact);
    add("digest", push.digest).add("manifests", push.manifests).add("blobs", push.blobs).add("there", push.there);
    add("sent", push.sent);
    if (push.moved_from) add("moved_from", *push.moved_from);
    if (push.kept_at) add("kept_at", *push.kept_at);
  }
  void operator()(const report::PushFailed& push) {
    add("event", "push_failed").add("archive", push.archive).add("artifact", push.artifact);
    add("class", name(push.problem.kind)).add("why", push.problem.text);
  }
  void operator()(const report::PushLeft& push) { add("event", "push_left").add("archive", push.archive); }
  void operator()(const report::PushFinished& push) {
    add("event", "push_finished").add("archives", push.archives).add("skipped", push.skipped);
    add("failed", push.failed).add("sent", push.sent).add("requests", push.requests).add("complete", push.complete);
  }
};

}  // namespace

JsonMembers members_of(const report::What& what) {
  Members members;
  std::visit(members, what);
  return members;
}

}  // namespace acedt::ui
