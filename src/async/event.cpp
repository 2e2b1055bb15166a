// A timer that never expires; cancelling its waits is the wake-up. A waiter that was cancelled itself is told apart by
// the count of wake-ups, which has not changed since it began to wait.

#include "acedt/async/event.hpp"

namespace acedt::async {

awaitable<void> Event::wait() {
  const auto seen = wakes_;
  co_await never_.async_wait(as_value);
  if (wakes_ == seen) throw_cancelled();
}

void Event::wake_one() {
  ++wakes_;
  never_.cancel_one();
}

void Event::wake_all() {
  ++wakes_;
  never_.cancel();
}

}  // namespace acedt::async
