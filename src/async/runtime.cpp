// run() in steps: start the other threads; spawn `main` on context 0 and run it; when `main` has ended, release the
// other contexts and join their threads; run context 0 once more for what they posted. Then failures are thrown, a
// posted function's first.

#include "acedt/async/runtime.hpp"

#include <sched.h>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/co_spawn.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>

#include <algorithm>
#include <thread>
#include <utility>

#include "async/cpu_quota.hpp"
#include "async/interruption.hpp"

namespace acedt::async {
namespace {

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
