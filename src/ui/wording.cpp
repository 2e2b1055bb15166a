#include "acedt/ui/wording.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "acedt/ui/text.hpp"

namespace acedt::ui {
namespace {

std::string line(const std::string& subject, const std::string& message) {
  return printable(subject) + " ↦ " + printable(message);
}

class Wording {
 public:
  explicit Wording(const Model& model) : model_(model) {}

  std::string operator()(const report::RunStarted& run) const {
    return line("Started",
                counted(run.rows, "artifact") + ", " + std::to_string(run.skipped) + " of them archived before");
  }
  std::string operator()(const report::Retrying& retry) const {
    return line(retry.what, "attempt " + std::to_string(retry.attempt) + " failed: " + retry.why + "; again in " +
                                human(retry.delay));
  }
  std::string operator()(const report::ArchiveCommitted& archive) const {
    const std::string referrers = archive.referrers ? " with " + counted(*archive.referrers, "referrer") : "";
    return line(archive.archive, "Completed " + archive.artifact + " (" + human(archive.size) + ")" + referrers);
  }
  std::string operator()(const report::Warning& warning) const { return line("Warning", warning.text); }
  std::string operator()(const report::RunFinished& run) const {
    const std::string recovered =
        run.recovered == Bytes{} ? "" : "; " + human(run.recovered) + " recovered from an interrupted run";
    return dependent(run) +
           line(run.complete ? "Completed" : "Incomplete",
                counted(run.archives, "archive") + " in " + human(model_.elapsed()) + "; fetched " +
                    human(run.fetched) + " with " + counted(run.requests, "request") + "; " + human(run.shared_size) +
                    " shared with earlier archives and not stored again" + recovered);
  }
  std::string operator()(const report::RowFailed& row) const {
    return row.passed_over ? line(row.name, "Failed: " + row.problem.text) : std::string();  // else the run's error
  }
  std::string operator()(const report::RowLeft&) const { return {}; }
  std::string operator()(const report::RowSkipped&) const { return {}; }
  std::string operator()(const report::RowDropped&) const { return {}; }
  std::string operator()(const report::ArtifactResolved&) const { return {}; }
  std::string operator()(const report::BlobStored&) const { return {}; }

 private:
  static std::string dependent(const report::RunFinished& run) {
    if (run.dependent == 0) return {};
    return line("Dependent archives", std::to_string(run.dependent) + " of " + counted(run.archives, "new archive") +
                                          " cannot be used without archives of other names: carry all archives and "
                                          "push them into one repository in the order of their numbers, or mirror "
                                          "into a new folder with --dedup name") +
           '\n';
  }

  const Model& model_;
};

std::string percent(Bytes part, Bytes whole) {
  const double share =
      100 * static_cast<double>(part.count) / static_cast<double>(std::max<std::uint64_t>(whole.count, 1));
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f%%", std::min(share, 100.0));
  return text.data();
}

}  // namespace

std::string line_for(const report::Event& event, const Model& model) {
  return std::visit(Wording(model), event.what);
}

std::string status(const Model& model) {
  const Progress& progress = model.progress();
  std::string out = "[" + std::to_string(progress.committed) + " of " + counted(progress.rows, "archive") + "] " +
                    human(progress.stored) + " of " + human(progress.planned) + " (" +
                    percent(progress.stored, progress.planned) + ") " + human(model.speed()) + "/s";
  if (const auto remaining = model.remaining(); remaining && remaining->count() > 1)
    out += ", ETC " + human(*remaining);
  return out;
}

}  // namespace acedt::ui
