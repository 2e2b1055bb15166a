#pragma once

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>

#include <atomic>
#include <functional>
#include <mutex>
#include <thread>

namespace acedt::async {

/// Handles SIGINT and SIGTERM on a thread of its own, so that they work whatever the other threads do.
///
/// The first signal calls `cancel`. The process ends with 128 + the signal's number, through std::quick_exit, at a
/// second signal, or if this object still exists 0.8 s after the first: a thread in getaddrinfo() or in a computation
/// cannot be cancelled. Ending at any time is safe, as after a crash (docs/architecture.md).
class Interruption {
 public:
  /// Calls `cancel` on the thread of signals; it should post to the thread that it concerns. Throws Error(internal) if
  /// the thread cannot be started.
  explicit Interruption(std::function<void()> cancel);
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;
  ~Interruption();

  /// Returns the first signal, or 0 if there was none. Any thread.
  int signal() const noexcept { return signal_; }
  /// Ends the use of `cancel`: it is not called after this returns.
  void disarm();

 private:
  void wait();
  void handle(int signal);

  std::mutex mutex_;
  std::function<void()> cancel_;  // guarded by mutex_; null: disarmed
  std::atomic<int> signal_ = 0;
  asio::io_context context_{1};
  asio::signal_set signals_{context_, SIGINT, SIGTERM};
  asio::steady_timer overdue_{context_};
  std::thread thread_;
};

}  // namespace acedt::async
