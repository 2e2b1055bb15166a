#pragma once

#include <cassert>
#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

#include "acedt/async/event.hpp"

namespace acedt::async {

/// Hands values from producers to consumers in order, at most `capacity` of them waiting.
///
/// Thread: the one that runs `executor`.
template <class T>
class Queue {
 public:
  Queue(const Executor& executor, std::size_t capacity)
      : capacity_(capacity), not_full_(executor), not_empty_(executor) {
    assert(capacity > 0);
  }
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  /// Waits while the queue is full. The queue must not be closed.
  awaitable<void> push(T value) {
    while (items_.size() >= capacity_) co_await not_full_.wait();
    assert(!closed_);
    items_.push_back(std::move(value));
    not_empty_.wake_all();
  }

  /// Waits while the queue is empty. Nothing once it is closed and drained.
  awaitable<std::optional<T>> pop() {
    while (items_.empty()) {
      if (closed_) co_return std::nullopt;
      co_await not_empty_.wait();
    }
    std::optional<T> value(std::move(items_.front()));
    items_.pop_front();
    not_full_.wake_all();
    co_return value;
  }

  /// No more values will come; what is inside can still be popped.
  void close() {
    closed_ = true;
    not_empty_.wake_all();
  }

 private:
  std::size_t capacity_;
  std::deque<T> items_;
  bool closed_ = false;
  Event not_full_;
  Event not_empty_;
};

}  // namespace acedt::async
