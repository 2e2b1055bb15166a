#pragma once

#include <asio/cancellation_signal.hpp>
#include <asio/cancellation_state.hpp>
#include <asio/steady_timer.hpp>

#include <exception>
#include <list>

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

/// A group of child coroutines (structured concurrency): the first failure cancels the others, and join() waits for
/// all.
///
/// Declare it after everything that the children refer to. It must be joined before it is destroyed; with_group() does
/// that on every way out. Thread: the one that runs `executor`.
class TaskGroup {
 public:
  explicit TaskGroup(Executor executor) : executor_(executor), finished_(executor) {}
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  ~TaskGroup();

  /// Starts `child` at once. Its parameters are values, or references to objects that outlive the group. If this
  /// throws, there is no child.
  void spawn(awaitable<void> child);
  /// Cancels every child.
  void cancel();
  /// Returns the number of children that have not ended.
  std::size_t size() const noexcept { return children_.size(); }
  /// Returns whether a child has failed: then join() throws.
  bool failed() const noexcept { return first_error_ != nullptr; }

  /// Waits for every child, also when cancelled (which cancels the children), then throws the first failure. A child
  /// that ends with a cancellation has failed, unless the group cancelled it.
  awaitable<void> join();

 private:
  Executor executor_;
  Event finished_;
  std::list<asio::cancellation_signal> children_;
  bool cancelled_ = false;  // the children were cancelled; reset by join()
  std::exception_ptr first_error_;
};

/// Runs `body(group)` and joins the group on every way out. Throws the first failure, of a child or of `body`.
template <class Body>
awaitable<void> with_group(Body body) {
  TaskGroup group(co_await asio::this_coro::executor);
  std::exception_ptr failure;
  try {
    co_await body(group);
  } catch (...) {
    if (!group.failed()) failure = std::current_exception();
  }
  const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
  const bool cancelled = state.cancelled() != asio::cancellation_type::none;
  if (failure || cancelled) group.cancel();
  // A cancelled caller must wait for the children too, but an await would throw before it waits.
  co_await asio::this_coro::throw_if_cancelled(false);
  try {
    co_await group.join();
  } catch (...) {
    if (!failure) failure = std::current_exception();
  }
  co_await asio::this_coro::throw_if_cancelled(true);
  if (failure) std::rethrow_exception(failure);
}

}  // namespace acedt::async
