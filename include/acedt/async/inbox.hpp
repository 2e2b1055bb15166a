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
  /// `use` is called with each. The inbox must outlive what is put into it.
  Inbox(Executor executor, std::function<void(T)> use) : executor_(std::move(executor)), use_(std::move(use)) {}

  void put(T value) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(value));
    const bool is_first = waiting_.size() == 1;
    if (is_first) asio::post(executor_, [this] { take(); });
  }

 private:
  void take() {
    {
      const std::lock_guard lock(mutex_);
      taken_.swap(waiting_);
    }
    for (T& value : taken_) use_(std::move(value));
    taken_.clear();
  }

  Executor executor_;
  std::function<void(T)> use_;
  std::mutex mutex_;
  std::vector<T> waiting_;  // under the mutex
  std::vector<T> taken_;
};

}  // namespace acedt::async
