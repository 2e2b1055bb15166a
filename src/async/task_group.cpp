// Event is a timer that never expires; cancelling its waits is the wake-up. A waiter that was cancelled itself is told
// apart by the count of wake-ups, which has not changed since it began to wait.
//
// A child of a TaskGroup is a coroutine with its own cancellation signal, which lives in a list until the child ends.
// join() cannot be interrupted while children run: they refer to objects that the caller would destroy.

#include "acedt/async/task_group.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/co_spawn.hpp>

#include <cassert>

namespace acedt::async {

TaskGroup::~TaskGroup() {
  assert(children_.empty() && "TaskGroup destroyed before join() returned");
}

void TaskGroup::spawn(awaitable<void> child) {
  auto self = children_.emplace(children_.end());
  auto ended = [this, self](const std::exception_ptr& error) {
    children_.erase(self);
    const bool is_expected = cancelled_ && is_cancellation(error);
    if (error && !first_error_ && !is_expected) {
      first_error_ = error;
      cancel();
    }
    finished_.wake_all();
  };
  try {
    asio::co_spawn(executor_, std::move(child), asio::bind_cancellation_slot(self->slot(), std::move(ended)));
  } catch (...) {
    children_.erase(self);
    throw;
  }
}

void TaskGroup::cancel() {
  cancelled_ = true;
  for (auto it = children_.begin(); it != children_.end();) {
    auto& child = *it++;  // the child may end, and leave the list, within emit()
    child.emit(asio::cancellation_type::terminal);
  }
}

awaitable<void> TaskGroup::join() {
  bool cancelled = false;
  while (!children_.empty()) {
    try {
      co_await finished_.wait();
      continue;
    } catch (const std::system_error&) {
      cancelled = true;
    }
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    cancel();
  }
  cancelled_ = false;
  if (first_error_) std::rethrow_exception(first_error_);
  if (cancelled) throw_cancelled();
}

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
