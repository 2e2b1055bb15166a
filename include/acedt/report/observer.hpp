#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <utility>

#include "acedt/report/event.hpp"

namespace acedt::report {

/// Counters that the byte path adds to from every thread, and that a display reads when it likes.
struct Counters {
  std::atomic<std::uint64_t> bytes_received{0};  ///< body bytes from registries
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> bytes_planned{0};  ///< of the blobs known to be needed so far
  std::atomic<std::uint64_t> bytes_stored{0};   ///< of those, in an archive and verified
};

/// Who is told what happens. Called on one thread, that of the run's planning; must not block for long.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on(const Event& event) = 0;
  /// Called about five times a second while a run goes on, for displays that move.
  virtual void tick(std::chrono::steady_clock::time_point now, const Counters& counters) = 0;
};

/// Tells `observer` of something that happened now.
inline void tell(Observer& observer, What what) {
  observer.on({std::chrono::steady_clock::now(), std::move(what)});
}

}  // namespace acedt::report
