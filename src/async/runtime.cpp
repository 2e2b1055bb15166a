// run() in steps: start the other threads; spawn `main` on context 0 and run it; when `main` has ended, release the
// other contexts and join their threads; run context 0 once more for what they posted. Then failures are thrown, a
// posted function's first.
//
// Signals have a thread of their own: the signal handler of Asio only writes to a pipe, and the thread waits for it,
// with a timer beside it. So a hanging thread elsewhere cannot delay the end of the process, and nothing of the program
// runs in signal context.

#include "acedt/async/runtime.hpp"

#include <sched.h>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/co_spawn.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

#include "acedt/async/thread_pool.hpp"
#include "async/cpu_quota.hpp"

namespace acedt::async {
namespace {

constexpr int exit_code_of_signals = 128;  // as shells report them
constexpr std::chrono::milliseconds max_unwind_time{800};
constexpr std::chrono::milliseconds same_signal_time{500};

/// The threads of the other contexts. Each runs its context until release() and until it has no more work.
class Threads {
 public:
  ~Threads() {
    release();
    for (std::thread& thread : threads_) thread.join();
  }

  void start(asio::io_context& context, std::function<void()> serve) {
    threads_.reserve(threads_.size() + 1);
    guards_.push_back(asio::make_work_guard(context));
    threads_.push_back(start_thread(std::move(serve)));
  }
  void release() { guards_.clear(); }

 private:
  std::vector<asio::executor_work_guard<asio::io_context::executor_type>> guards_;
  std::vector<std::thread> threads_;
};

std::size_t allowed_processors() {
  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof allowed, &allowed) == 0) return static_cast<std::size_t>(CPU_COUNT(&allowed));
  return std::max(1U, std::thread::hardware_concurrency());  // fails on machines with more than 1024 processors
}

}  // namespace

/// Handles SIGINT and SIGTERM on a thread of its own, so that they work whatever the other threads do.
///
/// The first signal calls `cancel`. The process ends with 128 + the signal's number, through std::quick_exit, at a
/// second signal (one that comes 0.5 s after the first, or later), or if this object still exists 0.8 s after the
/// first: a thread in getaddrinfo() or in a computation cannot be cancelled. Ending at any time is safe, as after a
/// crash (docs/architecture.md).
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
  std::chrono::steady_clock::time_point first_ = {};  // when `signal_` came
  std::thread thread_;
};

Interruption::Interruption(std::function<void()> cancel) : cancel_(std::move(cancel)) {
  wait();
  thread_ = start_thread([this] { context_.run(); });
}

Interruption::~Interruption() {
  context_.stop();
  thread_.join();
}

void Interruption::wait() {
  signals_.async_wait([this](const std::error_code& ec, int signal) {
    if (!ec) handle(signal);
  });
}

void Interruption::handle(int signal) {
  const auto now = std::chrono::steady_clock::now();
  if (signal_ != 0 && now - first_ < same_signal_time) return wait();
  if (signal_ != 0) std::quick_exit(exit_code_of_signals + signal);
  signal_ = signal;
  first_ = now;
  overdue_.expires_after(max_unwind_time);
  overdue_.async_wait([signal](const std::error_code&) { std::quick_exit(exit_code_of_signals + signal); });
  wait();
  const std::lock_guard lock(mutex_);
  if (cancel_) cancel_();
}

void Interruption::disarm() {
  const std::lock_guard lock(mutex_);
  cancel_ = nullptr;
}

std::size_t processors() {
  static const std::size_t found = std::min(allowed_processors(), cpu_quota().value_or(allowed_processors()));
  return found;
}

Runtime::Runtime(std::size_t threads) {
  for (std::size_t i = 0; i < threads; ++i) contexts_.push_back(std::make_unique<asio::io_context>(1));
  interruption_ = std::make_unique<Interruption>(
      [this] { asio::post(control(), [this] { cancel_.emit(asio::cancellation_type::terminal); }); });
}

Runtime::~Runtime() {
  interruption_->disarm();
}

int Runtime::run(const std::function<awaitable<void>()>& main) {
  std::exception_ptr failure;
  {
    Threads threads;
    for (std::size_t i = 1; i < contexts_.size(); ++i)
      threads.start(*contexts_[i], [this, i] { serve(*contexts_[i]); });
    auto ended = [&](const std::exception_ptr& error) {
      failure = error;
      threads.release();
    };
    asio::co_spawn(*contexts_[0], main(), asio::bind_cancellation_slot(cancel_.slot(), std::move(ended)));
    serve(*contexts_[0]);
  }
  contexts_[0]->restart();
  serve(*contexts_[0]);  // handlers that the other threads posted before they ended
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
  const int signal = interruption_->signal();
  if (failure && signal == 0) std::rethrow_exception(failure);
  return failure ? signal : 0;
}

/// Runs the handlers of `context`. An exception of a handler leaves run(), and the context can be run again.
void Runtime::serve(asio::io_context& context) {
  for (;;) {
    try {
      context.run();
      return;
    } catch (...) {
      fail(std::current_exception());
    }
  }
}

/// Records a failure and cancels `main`. noexcept: if the failure cannot even be posted, the process ends.
void Runtime::fail(const std::exception_ptr& failure) noexcept {
  asio::post(control(), [this, failure] {
    if (!failure_) failure_ = failure;
    cancel_.emit(asio::cancellation_type::terminal);
  });
}

}  // namespace acedt::async
