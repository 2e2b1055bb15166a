#pragma once

#include <asio/cancellation_signal.hpp>
#include <asio/cancellation_state.hpp>

#include <exception>
#include <list>

#include "acedt/async/event.hpp"

namespace acedt::async {

/// Children that never outlive the group: the first failure cancels the rest, join() waits for all of them.
///
/// Thread: the one that runs `executor`. Declared after everything that its children refer to. Must be joined before it
/// is destroyed; with_group() does that on every way out.
class TaskGroup {
 public:
  explicit TaskGroup(Executor executor) : executor_(executor), finished_(executor) {}
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  ~TaskGroup();

  /// The child begins at once. What it refers to must outlive the group: parameters by value, or such references.
  /// If this throws, there is no child.
  void spawn(awaitable<void> child);
  void cancel();
  /// How many have not ended.
  std::size_t size() const noexcept { return children_.size(); }
  /// A child has failed: join() will say so.
  bool failed() const noexcept { return first_error_ != nullptr; }

  /// Waits for every child, even when cancelled; then rethrows the first failure. A child that ends as one that was
  /// cancelled has failed, unless the group cancelled it.
  awaitable<void> join();

 private:
  Executor executor_;
  Event finished_;
  std::list<asio::cancellation_signal> children_;
  bool cancelled_ = false;  // until they are joined
  std::exception_ptr first_error_;
};

/// Runs `body(group)` and joins the group on every way out. The first failure wins, the body's own included.
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
  // Who was cancelled waits for the children too: an await would throw before it waits.
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
