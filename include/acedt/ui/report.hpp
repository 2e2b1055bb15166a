#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "acedt/base/error.hpp"
#include "acedt/base/output.hpp"
#include "acedt/report/observer.hpp"
#include "acedt/ui/run_record.hpp"
#include "acedt/ui/totals.hpp"

namespace acedt::ui {

/// Passes everything to `next`, and writes the outcome of each row of the list, or of each archive that is pushed, to a
/// file, as in docs/report.schema.json and docs/push-report.schema.json. Rows are written as they end to
/// PATH.unfinished, which end() renames to PATH.
class Report final : public report::Observer {
 public:
  /// Begins the report of a push if `start` has a destination. Removes an older report at `path` (links are followed).
  /// A device, a FIFO and the name of a descriptor are written to as they are. Throws Error(usage), Error(storage) or
  /// Error(no_space) as Output::open() does.
  Report(report::Observer& next, const RunStart& start, const std::filesystem::path& path,
         const Disk& disk = Disk::real());
  Report(const Report&) = delete;
  Report& operator=(const Report&) = delete;
  ~Report() override;

  /// Ends the report. Call once, also for a run that failed or never began.
  void end(const RunEnd& end, const Totals& totals);
  /// Throws Error(storage) or Error(no_space) if it could not be written completely; then there is no report.
  void check() const;

  void on(const report::Event& event) override;
  void tick(std::chrono::steady_clock::time_point now, const report::Counters& counters) override {
    next_.tick(now, counters);
  }

 private:
  using Time = std::chrono::steady_clock::time_point;
  /// A row whose archive is not committed yet.
  struct PendingArchive {
    std::string name;
    Time since;
    Bytes fetched;
    Bytes saved;
    int attempts = 1;
  };

  void note(const report::RowSkipped& skipped, Time);
  void note(const report::RowDropped& dropped, Time);
  void note(const report::ArtifactResolved& artifact, Time at);
  void note(const report::BlobStored& blob, Time);
  void note(const report::ArchiveCommitted& archive, Time at);
  void note(const report::RowFailed& failed, Time);
  void note(const report::RowLeft& left, Time);
  void note(const report::RunFinished& run, Time);
  void note(const report::PushSkipped& push, Time);
  void note(const report::ArchivePushed& push, Time);
  void note(const report::PushFailed& push, Time);
  void note(const report::PushLeft& push, Time);
  void note(const report::PushFinished& push, Time);
  void note(const auto&, Time) {}
  void add_row(const std::string& members);
  void rename_to_target();

  report::Observer& next_;
  const Disk& disk_;
  std::optional<std::filesystem::path> target_;  // final path, links followed; unset for a device and the like
  Output output_;
  std::string pending_;  // text not written yet
  bool first_ = true;
  std::chrono::steady_clock::time_point started_;
  std::string outcome_;                     // members of the event that ends the run
  std::optional<report::Problem> problem_;  // that it has
  bool is_renamed_ = false;
  std::optional<Error> failure_;                                         // of the final sync and rename
  std::map<std::string, PendingArchive, std::less<>> pending_archives_;  // by file name
};

}  // namespace acedt::ui
