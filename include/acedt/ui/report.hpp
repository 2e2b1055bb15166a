#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <string>

#include "acedt/base/file.hpp"
#include "acedt/report/observer.hpp"

namespace acedt::ui {

/// Tells `next` all, and writes what became of each row of the list to a file: docs/report.schema.json says how it
/// looks. Rows are written as they end, and the file gets its name when the run has ended, whatever its end was.
class Report final : public report::Observer {
 public:
  /// Removes an older report at `path`. Throws Error(storage).
  Report(report::Observer& next, const std::filesystem::path& path);
  Report(const Report&) = delete;
  Report& operator=(const Report&) = delete;
  ~Report() override;

  void on(const report::Event& event) override;
  void tick(std::chrono::steady_clock::time_point now, const report::Counters& counters) override {
    next_.tick(now, counters);
  }

 private:
  using Time = std::chrono::steady_clock::time_point;
  /// A row whose archive is being made.
  struct UnderWay {
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

  report::Observer& next_;
  std::filesystem::path path_;
  File file_;
  std::string pending_;  // text that is not in the file yet
  bool first_ = true;
  bool finished_ = false;
  std::map<std::string, UnderWay, std::less<>> under_way_;  // by archive
};

}  // namespace acedt::ui
