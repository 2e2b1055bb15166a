#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "acedt/report/observer.hpp"

namespace acedt::ui {

/// The progress of a run.
struct Progress {
  std::size_t rows = 0;       ///< to do in this run
  std::size_t resolved = 0;   ///< rows whose blobs are known
  std::size_t committed = 0;  ///< rows whose archive is committed
  Bytes planned = {};         ///< of the blobs that are known to be needed
  Bytes stored = {};          ///< of those, in archives and verified, or pushed
  Bytes transferred = {};     ///< bodies from and to registries
  std::uint64_t requests = 0;

  bool operator==(const Progress&) const = default;
};

/// Turns events and counters into totals, rates and a forecast. Pure: the time is an argument.
class Model {
 public:
  /// As in report::Observer; tick() must be called with increasing times.
  void on(const report::Event& event);
  void tick(std::chrono::steady_clock::time_point now, const report::Counters& counters);

  const Progress& progress() const noexcept { return progress_; }
  /// Returns the bytes transferred per second, over the last 10 s.
  Bytes speed() const;
  /// Returns the time to the end at the current rate, if unresolved rows are as large as the others on average. Returns
  /// nullopt if no data moves, no row is resolved, or it would take more than 1000 h.
  std::optional<std::chrono::seconds> remaining() const;
  /// Returns the time from the first to the latest event or tick.
  std::chrono::milliseconds elapsed() const;

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Sample {
    Time at;
    Bytes transferred;
    Bytes stored;
  };
  double per_second(Bytes Sample::*counter) const;

  Progress progress_;
  std::deque<Sample> samples_;  // of the last 10 s
  std::optional<Time> started_;
  Time latest_;
};

}  // namespace acedt::ui
