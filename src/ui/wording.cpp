#include "ui/wording.hpp"

#include <iterator>
#include <utility>
#include <variant>

#include "acedt/ui/text.hpp"

namespace acedt::ui {
namespace {

std::string referrers_of(const report::ArchiveCommitted& archive) {
  return archive.referrers ? " with " + counted(*archive.referrers, "referrer") : "";
}

/// Returns what became of the rows, such as "2 archives in 1m2.5s", "2 archives, 1 failed, 5 left, in 1m2.5s".
std::string outcome(std::size_t archives, const Model& model) {
  const auto& [failed, left] = std::pair(model.progress().failed, model.progress().left);
  std::string text = counted(archives, "archive");
  if (failed + left > 0) text += ", " + std::to_string(failed) + " failed, " + std::to_string(left) + " left,";
  return text + " in " + rounded(model.elapsed());
}

Line end_of(const report::RunFinished& run, const Model& model) {
  std::string text = outcome(run.archives, model) + "; fetched " + human(run.fetched) + " with " +
                     counted(run.requests, "request") + "; " + human(run.shared_size) +
                     " shared with earlier archives and not stored again";
  if (run.recovered > Bytes{}) text += "; " + human(run.recovered) + " recovered from an interrupted run";
  if (run.complete) return {"Completed", text, Style::good};
  return {"Incomplete", text, Style::bad};
}

Line end_of(const report::PushFinished& push, const Model& model) {
  if (push.is_planned_only) return {"Dry run", "nothing was sent; " + counted(push.archives, "archive") + " to push"};
  const std::string text = (push.shard.empty() ? "" : "shard " + push.shard + " of the blobs of ") +
                           outcome(push.archives, model) + "; sent " + human(push.sent) + " with " +
                           counted(push.requests, "request");
  if (push.complete) return {"Completed", text, Style::good};
  return {"Incomplete", text, Style::bad};
}

Line dependent(const report::RunFinished& run) {
  return {"Dependent archives",
          std::to_string(run.dependent) + " of " + counted(run.archives, "new archive") +
              " cannot be used without archives of other names: carry all archives and push them into one repository "
              "in the order of their numbers, or mirror into a new folder with --dedup name",
          Style::warning};
}

Line unchecked(std::size_t rows) {
  return {"Not checked",
          "the tags of " + counted(rows, "row") + " of the tracker: --check-tags archives those that have moved"};
}

Line pushed(const report::ArchivePushed& push) {
  const std::string of_all =
      push.artifact + "@" + push.digest.text() + ": " + counted(push.manifests, "manifest") + ", ";
  std::string text = (push.is_planned_only ? "Would push " : "Pushed ") +
                     (push.shard.empty() ? of_all : "shard " + push.shard + ": ") + counted(push.blobs, "blob") + " (" +
                     human(push.sent) + "), " + counted(push.there, "blob") + " already there";
  if (push.moved_from) text += "; the tag pointed to " + push.moved_from->text();
  if (push.kept_at) text += "; the tag stays at " + push.kept_at->text() + ", which is of a later archive";
  return {push.archive, text};
}

/// Returns the lines for one event.
struct LinesOf {
  const Model& model;
  HostReports& hosts;
  std::chrono::steady_clock::time_point at;

  using Result = std::vector<Line>;

  Result operator()(const report::RunStarted& run) const {
    return {
        {"Started", counted(run.rows, "artifact") + ", " + std::to_string(run.skipped) + " of them already archived"}};
  }
  Result operator()(const report::PushStarted& push) const {
    return {{"Started", counted(push.archives, "archive") + ", " + std::to_string(push.skipped) +
                            " of them already pushed" +
                            (push.shard.empty() ? "" : "; shard " + push.shard + " of their blobs")}};
  }
  Result operator()(const report::ArchiveCommitted& archive) const {
    return {
        {archive.archive, "Completed " + archive.artifact + " (" + human(archive.size) + ")" + referrers_of(archive)}};
  }
  Result operator()(const report::ArchivePushed& push) const { return {pushed(push)}; }
  Result operator()(const report::RowFailed& row) const {
    if (!row.passed_over) return {};  // it is the error of the run
    return {{row.name, "Failed: " + cause_first(row.problem.text), Style::bad}};
  }
  Result operator()(const report::PushFailed& push) const {
    return {{push.archive, "Failed: " + cause_first(push.problem.text), Style::bad}};
  }
  Result operator()(const report::Warning& warning) const { return {{"Warning", warning.text, Style::warning}}; }
  Result operator()(const report::Retrying& retry) const { return some(hosts.failed(retry, at)); }
  Result operator()(const report::HostPaused& pause) const { return some(hosts.paused(pause, at)); }
  Result operator()(const report::HostRecovered& host) const {
    hosts.recovered(host, at);
    return {};
  }
  Result operator()(const report::RunFinished& run) const {
    Result lines = hosts.rest();
    if (run.dependent > 0) lines.push_back(dependent(run));
    if (model.progress().unchecked > 0) lines.push_back(unchecked(model.progress().unchecked));
    lines.push_back(end_of(run, model));
    return lines;
  }
  Result operator()(const report::PushFinished& push) const {
    Result lines = hosts.rest();
    lines.push_back(end_of(push, model));
    return lines;
  }
  Result operator()(const auto&) const { return {}; }

 private:
  static Result some(std::optional<Line> line) {
    if (!line) return {};
    return {*std::move(line)};
  }
};

}  // namespace

std::vector<Line> Wording::on(const report::Event& event, const Model& model) {
  return std::visit(LinesOf{model, hosts_, event.at}, event.what);
}

}  // namespace acedt::ui
