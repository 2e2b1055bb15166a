#pragma once

#include <asio/post.hpp>

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "acedt/async/asio.hpp"

namespace acedt::async {

/// Takes values from any thread to the one that runs `executor`, in the order in which they come. What comes while
/// others wait to be taken goes with them: a crossing costs the same for one value and for a hundred.
template <class T>
class Inbox {
 public:
  /// `use` is called with each value. What it throws leaves the handler on the thread of `executor` (Runtime ends the
  /// run with it), and the values that crossed together with that one are lost. The inbox must outlive what is put in.
  Inbox(Executor executor, std::function<void(T)> use) : executor_(std::move(executor)), use_(std::move(use)) {}

  /// Throws if there is no memory; then the value does not arrive, others do.
  void put(T value) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(value));
    if (waiting_.size() > 1) return;
    try {
      asio::post(executor_, [this] { take(); });
    } catch (...) {
      waiting_.clear();
      throw;
    }
  }

 private:
  void take() {
    std::vector<T> taken;
    {
      const std::lock_guard lock(mutex_);
      taken.swap(waiting_);
    }
    for (T& value : taken) use_(std::move(value));
  }

  Executor executor_;
  std::function<void(T)> use_;
  std::mutex mutex_;
  std::vector<T> waiting_;  // under the mutex
};

}  // namespace acedt::async
