#pragma once

#include <asio/steady_timer.hpp>

#include "acedt/async/asio.hpp"

namespace acedt::async {

/// A condition that coroutines wait for. Thread: the one that runs `executor`.
class Event {
 public:
  explicit Event(const Executor& executor) : never_(executor, asio::steady_timer::time_point::max()) {}

  /// Waits for the next wake(), and throws operation_aborted when cancelled. The caller loops on its own condition.
  awaitable<void> wait();
  /// The first that waits goes on; nobody, if nobody waits.
  void wake_one();
  void wake_all();

 private:
  asio::steady_timer never_;  // its cancellation is the wake-up: the same in every version of Asio
  unsigned long wakes_ = 0;
};

}  // namespace acedt::async
