#include "async/interruption.hpp"

#include <chrono>
#include <cstdlib>
#include <utility>

#include "acedt/async/thread_pool.hpp"

namespace acedt::async {
namespace {

constexpr int exit_code_of_signals = 128;  // as shells report them
constexpr std::chrono::milliseconds time_to_unwind{800};

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
    if (!ec) came(signal);
  });
}

void Interruption::came(int signal) {
  if (signal_ != 0) std::quick_exit(exit_code_of_signals + signal);
  signal_ = signal;
  overdue_.expires_after(time_to_unwind);
  overdue_.async_wait([signal](const std::error_code&) { std::quick_exit(exit_code_of_signals + signal); });
  wait();
  const std::lock_guard lock(mutex_);
  if (cancel_) cancel_();
}

void Interruption::nothing_to_cancel() {
  const std::lock_guard lock(mutex_);
  cancel_ = nullptr;
}

}  // namespace acedt::async
