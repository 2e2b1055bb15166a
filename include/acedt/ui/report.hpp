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

class JsonMembers;

/// Passes everything to `next`, and writes the outcome of each row of the list, or of each archive that is pushed, to a
/// file, as in docs/report.schema.json and docs/push-report.schema.json. Rows are written as they end to
/// PATH.unfinished, which is renamed to PATH when the run has ended, well or not.
class Report final : public report::Observer {
 public:
  /// Removes an older report at `path` (links are followed). A device, a FIFO and the name of a descriptor are written
  /// to as they are. Throws Error(usage), Error(storage) or Error(no_space) as Output::open() does.
  Report(report::Observer& next, const std::filesystem::path& path, const Disk& disk = Disk::real());
  Report(const Report&) = delete;
  Report& operator=(const Report&) = delete;
  ~Report() override;

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
  void finish(const JsonMembers& members);
  void rename_to_target();

  report::Observer& next_;
  const Disk& disk_;
  std::optional<std::filesystem::path> target_;  // final path, links followed; unset for a device and the like
  Output output_;
  std::string pending_;  // text not written yet
  bool first_ = true;
  bool is_renamed_ = false;
  std::optional<Error> failure_;                                         // of the final sync and rename
  std::map<std::string, PendingArchive, std::less<>> pending_archives_;  // by file name
};

}  // namespace acedt::ui
