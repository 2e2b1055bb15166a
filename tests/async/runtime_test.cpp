#include "acedt/async/runtime.hpp"

#include "acedt/async/crossing.hpp"
#include "acedt/async/task_group.hpp"
#include "acedt/base/error.hpp"
#include "support/failure.hpp"
#include "support/steps.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

#include <chrono>
#include <csignal>
#include <functional>
#include <new>
#include <set>
#include <string>
#include <thread>

using namespace acedt;
using async::awaitable;
using async::Runtime;
using testing::failure;

namespace {

awaitable<std::thread::id> this_thread() {
  co_return std::this_thread::get_id();
}

/// Waits until it is cancelled.
awaitable<void> wait(async::Executor executor) {
  async::Event never(executor);
  co_await never.wait();
}

/// Sends `signal` to this process, waits until it is cancelled, cleans up, and notes that.
awaitable<void> interrupt(async::Executor executor, int signal, bool& cleaned_up) {
  std::raise(signal);
  const bool cancelled = co_await testing::is_cancelled(wait(executor));
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await testing::settle();
  cleaned_up = true;
  if (cancelled) async::throw_cancelled();
}

/// Ignores SIGINT, then `then` is called.
void ignore_first_signal(const std::function<void(asio::steady_timer&)>& then) {
  Runtime runtime(1);
  const auto main = [&]() -> awaitable<void> {
    std::raise(SIGINT);
    co_await testing::is_cancelled(wait(runtime.control()));
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    asio::steady_timer timer(runtime.control());
    then(timer);
    co_await wait(runtime.control());
  };
  runtime.run(main);
}

void interrupt_twice_at_once() {
  ignore_first_signal([](asio::steady_timer&) { std::raise(SIGTERM); });
}

/// The second signal comes between 0.5 s, when it begins to count, and 0.8 s, when the first one ends the process.
void interrupt_again_later() {
  ignore_first_signal([](asio::steady_timer& timer) {
    timer.expires_after(std::chrono::milliseconds(600));
    timer.async_wait([](const std::error_code&) { std::raise(SIGTERM); });
  });
}

/// Runs `scenario`, which ends its process, in a child process. Returns the exit status.
int exit_code_of(void (*scenario)()) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::alarm(60);  // never reached: ends a process that hangs
    scenario();
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

/// The thread of control, or the one of the disk, is busy and ignores everything.
template <bool on_disk>
void ignore_everything() {
  Runtime runtime(2);
  const auto busy = [] {
    std::raise(SIGINT);
    for (;;) ::pause();
    return 0;
  };
  const auto main = [&]() -> awaitable<void> {
    if (on_disk) co_await async::offload(runtime.disk(), busy);
    busy();
  };
  runtime.run(main);
}

/// Throws in a function that is posted to each of the threads in turn.
template <class Thrown>
void check_that_main_hears_of(const Thrown& thrown) {
  for (const std::size_t thread : {0U, 1U}) {
    Runtime runtime(2);
    bool cancelled = false;
    const auto main = [&]() -> awaitable<void> {
      asio::post(runtime.executor(thread), [&] { throw thrown; });
      cancelled = co_await testing::is_cancelled(wait(runtime.control()));
    };
    CHECK_THROWS_AS(runtime.run(main), Thrown);
    CHECK(cancelled);
  }
}

}  // namespace

TEST_CASE("a run ends with its main coroutine") {
  for (const std::size_t threads : {1U, 2U, 4U}) {
    Runtime runtime(threads);
    CHECK(runtime.threads() == threads);
    bool ended = false;
    const auto main = [&]() -> awaitable<void> {
      co_await testing::settle();
      ended = true;
    };
    CHECK(runtime.run(main) == 0);
    CHECK(ended);
  }
}

TEST_CASE("each executor has its own thread; the first one has the caller's") {
  Runtime runtime(3);
  std::set<std::thread::id> threads;
  const auto main = [&]() -> awaitable<void> {
    for (std::size_t i = 0; i < runtime.threads(); ++i) {
      const auto there = co_await async::run_on(runtime.executor(i), this_thread());
      const auto again = co_await async::run_on(runtime.executor(i), this_thread());
      CHECK(there == again);
      CHECK((there == std::this_thread::get_id()) == (i == 0));
      threads.insert(there);
    }
    const auto of_disk = co_await async::offload(runtime.disk(), std::this_thread::get_id);
    threads.insert(of_disk);
  };
  CHECK(runtime.run(main) == 0);
  CHECK(threads.size() == 4);
  CHECK(threads.count(std::this_thread::get_id()) == 1);
}

TEST_CASE("run() throws what main throws") {
  for (const std::size_t threads : {1U, 3U}) {
    Runtime runtime(threads);
    const auto main = []() -> awaitable<void> {
      co_await testing::settle();
      throw Error(ErrorKind::storage, "disk full");
    };
    CHECK(failure(ErrorKind::storage, [&] { runtime.run(main); }) == "disk full");
  }
}

TEST_CASE("a signal cancels main, and run() returns its number after main has unwound") {
  for (const int signal : {SIGTERM, SIGINT}) {
    Runtime runtime(2);
    bool cleaned_up = false;
    const auto main = [&]() -> awaitable<void> { co_await interrupt(runtime.control(), signal, cleaned_up); };
    CHECK(runtime.run(main) == signal);
    CHECK(cleaned_up);
  }
}

TEST_CASE("run() returns 0 if main completes in spite of a signal") {
  Runtime runtime(1);
  bool cancelled = false;
  const auto main = [&]() -> awaitable<void> {
    std::raise(SIGTERM);
    cancelled = co_await testing::is_cancelled(wait(runtime.control()));
  };
  CHECK(runtime.run(main) == 0);
  CHECK(cancelled);
}

TEST_CASE("a second signal ends the process at once") {
  CHECK(exit_code_of(interrupt_again_later) == 128 + SIGTERM);
}

TEST_CASE("a signal within half a second of the first one is the same one") {
  CHECK(exit_code_of(interrupt_twice_at_once) == 128 + SIGINT);
}

TEST_CASE("a signal ends the process although a thread is busy") {
  CHECK(exit_code_of(ignore_everything<false>) == 128 + SIGINT);
  CHECK(exit_code_of(ignore_everything<true>) == 128 + SIGINT);
}

TEST_CASE("an exception of a posted function cancels main and is thrown by run()") {
  check_that_main_hears_of(Error(ErrorKind::storage, "disk full"));
  check_that_main_hears_of(std::bad_alloc());
  check_that_main_hears_of(42);
}
