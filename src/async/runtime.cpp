#include "acedt/async/runtime.hpp"

#include <sched.h>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/co_spawn.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/signal_set.hpp>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <thread>

namespace acedt::async {
namespace {

constexpr int exit_code_of_signals = 128;  // as shells report them

/// The first signal cancels, the second one ends the process.
class Interruption {
 public:
  explicit Interruption(asio::io_context& context) : signals_(context, SIGINT, SIGTERM) { wait(); }

  asio::cancellation_slot slot() { return cancel_.slot(); }
  int signal() const noexcept { return signal_; }
  void forget() { signals_.cancel(); }

 private:
  void wait() {
    signals_.async_wait([this](const std::error_code& ec, int signal) {
      if (ec) return;
      if (signal_ != 0) std::_Exit(exit_code_of_signals + signal);
      signal_ = signal;
      wait();
      cancel_.emit(asio::cancellation_type::terminal);
    });
  }

  asio::signal_set signals_;
  asio::cancellation_signal cancel_;
  int signal_ = 0;
};

}  // namespace

std::size_t processors() {
  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof allowed, &allowed) == 0) return static_cast<std::size_t>(CPU_COUNT(&allowed));
  return std::max(1U, std::thread::hardware_concurrency());  // more than 1024 there
}

Runtime::Runtime(std::size_t threads) {
  for (std::size_t i = 0; i < threads; ++i) contexts_.push_back(std::make_unique<asio::io_context>(1));
}

Runtime::~Runtime() = default;

int Runtime::run(const std::function<awaitable<void>()>& main) {
  using Guard = asio::executor_work_guard<asio::io_context::executor_type>;
  std::vector<Guard> guards;
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < contexts_.size(); ++i) {
    guards.push_back(asio::make_work_guard(*contexts_[i]));
    threads.emplace_back([this, i] { contexts_[i]->run(); });
  }

  Interruption interruption(*contexts_[0]);
  std::exception_ptr failure;
  auto ended = [&](const std::exception_ptr& error) {
    failure = error;
    interruption.forget();
    guards.clear();
  };
  asio::co_spawn(*contexts_[0], main(), asio::bind_cancellation_slot(interruption.slot(), std::move(ended)));
  contexts_[0]->run();
  for (std::thread& thread : threads) thread.join();

  if (failure && interruption.signal() == 0) std::rethrow_exception(failure);
  return failure ? interruption.signal() : 0;
}

}  // namespace acedt::async
