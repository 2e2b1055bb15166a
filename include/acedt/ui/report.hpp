#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "acedt/base/error.hpp"
#include "acedt/base/output.hpp"
#include "acedt/report/observer.hpp"

namespace acedt::ui {

/// Tells `next` all, and writes what became of each row of the list to a file: docs/report.schema.json says how it
/// looks. Rows are written as they end, and the file gets its name when the run has ended, whatever its end was.
class Report final : public report::Observer {
 public:
  /// Removes an older report that `path` leads to. A device, a FIFO and the name of a descriptor are written to as they
  /// are. Throws Error(usage) and Error(storage), as Output::open() does.
  Report(report::Observer& next, const std::filesystem::path& path, const Disk& disk = Disk::real());
  Report(const Report&) = delete;
  Report& operator=(const Report&) = delete;
  ~Report() override;

  /// Throws Error where not all could be written: then there is no report.
  void check() const;

  void on(const report::Event& event) override;
  void tick(std::chrono::steady_clock::time_point now, const report::Counters& counters) override {
    next_.tick(now, counters);
  }

 private:
  using Time = std::chrono::steady_clock::time_point;
  /// A row whose archive is being made.
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
  void note(const auto&, Time) {}
  void add_row(const std::string& members);
  void give_name();

  report::Observer& next_;
  const Disk& disk_;
  std::optional<std::filesystem::path> target_;  // where the report is put at the end; unset: it is written in place
  Output output_;
  std::string pending_;  // text that is not in the file yet
  bool first_ = true;
  bool has_its_name_ = false;
  std::optional<Error> failure_;                                  // to give it its name
  std::map<std::string, PendingArchive, std::less<>> under_way_;  // by archive
};

}  // namespace acedt::ui
