#pragma once

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>

#include <atomic>
#include <functional>
#include <mutex>
#include <thread>

namespace acedt::async {

/// SIGINT and SIGTERM on a thread of their own, so that they are heard whatever the other threads do.
///
/// The first one calls `cancel`. The process ends with 128 + the signal's number, through std::quick_exit, at a second
/// signal, or if this object is still there 0.8 s after the first: some threads cannot be told to stop, such as one in
/// getaddrinfo() or in the middle of a computation. To end at any time is safe: see "Going on after a crash".
class Interruption {
 public:
  /// `cancel` is called on the thread of signals: it posts to the thread that it is about.
  explicit Interruption(std::function<void()> cancel);
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;
  ~Interruption();

  /// The first one; 0 if none came. Any thread.
  int signal() const noexcept { return signal_; }
  /// `cancel` is not called any more.
  void nothing_to_cancel();

 private:
  void wait();
  void came(int signal);

  std::mutex mutex_;
  std::function<void()> cancel_;  // under the mutex
  std::atomic<int> signal_ = 0;
  asio::io_context context_{1};
  asio::signal_set signals_{context_, SIGINT, SIGTERM};
  asio::steady_timer overdue_{context_};
  std::thread thread_;
};

}  // namespace acedt::async
