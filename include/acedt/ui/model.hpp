#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "acedt/report/observer.hpp"

namespace acedt::ui {

/// How far a run is.
struct Progress {
  std::size_t rows = 0;       ///< to do in this run
  std::size_t resolved = 0;   ///< of those, whose blobs are known
  std::size_t committed = 0;  ///< of those, whose archive is whole
  Bytes planned = {};         ///< of the blobs known to be needed
  Bytes stored = {};          ///< of those, on disk and verified
  Bytes received = {};        ///< from registries
  std::uint64_t requests = 0;

  bool operator==(const Progress&) const = default;
};

/// Events and counters to totals, rates and a forecast. Pure: the time comes with what it is told.
class Model {
 public:
  void on(const report::Event& event);
  void tick(std::chrono::steady_clock::time_point now, const report::Counters& counters);

  const Progress& progress() const noexcept { return progress_; }
  /// Received per second, over the last ten seconds.
  Bytes speed() const;
  /// Until the end, if it goes on like this; the rows not resolved yet are taken to be as large as the others.
  /// Nothing where nothing moves.
  std::optional<std::chrono::seconds> remaining() const;
  /// From the start of the run to the last event or tick.
  std::chrono::milliseconds elapsed() const;

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Sample {
    Time at;
    Bytes received;
    Bytes stored;
  };
  double per_second(Bytes Sample::*counter) const;

  Progress progress_;
  std::deque<Sample> samples_;  // of the last ten seconds
  std::optional<Time> started_;
  Time latest_;
};

}  // namespace acedt::ui
