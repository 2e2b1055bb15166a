#pragma once

// The ways from one thread to another: run_on() and offload() for work with a result, Inbox for values.
//
// A cancellation never crosses: one that is sent on one thread into a coroutine that runs on another is a data race in
// every version of Asio. So run_on() shields the work, and a caller that is cancelled waits for it to end.

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/post.hpp>

#include <functional>
#include <mutex>
#include <type_traits>
#include <utility>
#include <vector>

#include "acedt/async/thread_pool.hpp"

namespace acedt::async {

/// Runs `work` on `executor`, which another thread runs, and resumes the caller on its own thread with the result.
/// Throws what `work` throws.
///
/// A cancelled caller waits until `work` ends and is cancelled at its next await. So `work` must be short, or have its
/// own time limit.
template <class Result>
awaitable<Result> run_on(Executor executor, awaitable<Result> work) {
  auto shielded = asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable);
  co_return co_await asio::co_spawn(executor, std::move(work), shielded);
}

/// Runs `job`, which may block or compute for long, on a thread of `pool`. Results, exceptions and cancellation are as
/// for run_on().
template <class Job>
awaitable<std::invoke_result_t<Job&>> offload(ThreadPool& pool, Job job) {
  using Result = std::invoke_result_t<Job&>;
  auto run = [](Job work) -> awaitable<Result> { co_return work(); };
  co_return co_await run_on(pool.executor(), run(std::move(job)));
}

/// Carries values from any thread to the thread of `executor`, in the order of put().
///
/// All values that are waiting cross with one posted handler, so a hundred cost little more than one.
template <class T>
class Inbox {
 public:
  /// Calls `use` with each value. An exception of `use` leaves the handler (Runtime ends the run with it), and the
  /// other values of that crossing are lost. The inbox must live until every value was used.
  Inbox(Executor executor, std::function<void(T)> use) : executor_(std::move(executor)), use_(std::move(use)) {}

  /// Any thread. If this throws (no memory), the value does not arrive; values put earlier do.
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
