#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "acedt/report/observer.hpp"
#include "acedt/ui/run_record.hpp"

namespace acedt::ui {

/// What a run did, in numbers. A row is one of the list, or an archive that is pushed or checked.
struct Totals {
  std::size_t done = 0;     ///< rows whose archive this run made, pushed or found complete
  std::size_t skipped = 0;  ///< rows that were done before
  std::size_t failed = 0;   ///< rows
  std::size_t left = 0;     ///< rows that the run did not come to
  std::size_t dropped = 0;  ///< rows whose name a later row has
  std::size_t blobs = 0;    ///< stored in archives, sent, or checked; with manifests only if they were checked
  Bytes stored = {};        ///< of the archives that this run made
  Bytes received = {};      ///< bodies from registries
  Bytes sent = {};          ///< bodies to registries
  std::uint64_t requests = 0;
  std::size_t retries = 0;                           ///< attempts that failed and were repeated
  std::chrono::milliseconds paused = {};             ///< for which registries asked (Retry-After); of each host, once
  std::map<std::string, std::size_t> failures = {};  ///< rows that failed, by name(ErrorKind)
};

/// Returns the failures of a run by their kind: the rows that failed, and what ended the run, if that was no row.
std::map<std::string, std::size_t> failures_of(const Totals& totals, const RunEnd& end);

/// Passes everything to `next`, and counts it.
class Counted final : public report::Observer {
 public:
  explicit Counted(report::Observer& next) : next_(next) {}

  /// Those who know more than the events tell may add to them.
  Totals totals;

  void on(const report::Event& event) override;
  void tick(std::chrono::steady_clock::time_point now, const report::Counters& counters) override;

 private:
  using Time = std::chrono::steady_clock::time_point;

  void note(const report::RowSkipped&, Time) { ++totals.skipped; }
  void note(const report::RowDropped&, Time) { ++totals.dropped; }
  void note(const report::RowLeft&, Time) { ++totals.left; }
  void note(const report::BlobStored&, Time) { ++totals.blobs; }
  void note(const report::ArchiveCommitted& archive, Time);
  void note(const report::RowFailed& row, Time) { fail(row.problem); }
  void note(const report::PushSkipped&, Time) { ++totals.skipped; }
  void note(const report::PushLeft&, Time) { ++totals.left; }
  void note(const report::ArchivePushed& push, Time);
  void note(const report::PushFailed& push, Time) { fail(push.problem); }
  void note(const report::Retrying&, Time) { ++totals.retries; }
  void note(const report::HostPaused& pause, Time at);
  void note(const auto&, Time) {}
  void fail(const report::Problem& problem);

  /// Values of report::Counters.
  struct Counts {
    std::uint64_t received = 0;
    std::uint64_t sent = 0;
    std::uint64_t requests = 0;
  };

  report::Observer& next_;
  Counts latest_;                             // of the counters in use
  std::map<std::string, Time> paused_until_;  // by host
};

}  // namespace acedt::ui
