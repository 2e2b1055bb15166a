// The signal handler of Asio only writes to a pipe; the thread here waits for it with a timer beside it. So a hanging
// thread elsewhere cannot delay the end of the process, and no handler runs in signal context.

#include "async/interruption.hpp"

#include <chrono>
#include <cstdlib>
#include <utility>

#include "acedt/async/thread_pool.hpp"

namespace acedt::async {
namespace {

constexpr int exit_code_of_signals = 128;  // as shells report them
constexpr std::chrono::milliseconds max_unwind_time{800};

}  // namespace

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
  if (signal_ != 0) std::quick_exit(exit_code_of_signals + signal);
  signal_ = signal;
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

}  // namespace acedt::async
