#pragma once

#include <asio/steady_timer.hpp>

#include "acedt/async/asio.hpp"

namespace acedt::async {

/// A condition variable for coroutines. Thread: the one that runs `executor`.
///
/// Waiters are served first come, first served. A wake-up without a waiter is lost, so wait() stands in a loop:
/// `while (!condition) co_await changed.wait();`
class Event {
 public:
  explicit Event(const Executor& executor) : never_(executor, asio::steady_timer::time_point::max()) {}

  /// Waits until it is woken. Throws operation_aborted when cancelled.
  awaitable<void> wait();
  /// Wakes the waiter that came first, if there is one.
  void wake_one();
  void wake_all();

 private:
  asio::steady_timer never_;  // cancelling it wakes a waiter, in every version of Asio alike
  unsigned long wakes_ = 0;
};

}  // namespace acedt::async
