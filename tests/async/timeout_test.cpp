#include "acedt/async/timeout.hpp"

#include "acedt/async/task_group.hpp"
#include "support/run.hpp"
#include "support/steps.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

using namespace acedt;
using namespace std::chrono_literals;
using async::awaitable;
using async::with_timeout;

namespace {

awaitable<std::string> answer(std::string text) {
  co_await testing::settle();
  co_return text;
}

awaitable<std::string> fail() {
  co_await testing::settle();
  throw Error(ErrorKind::not_found, "no such blob");
}

/// Waits until it is cancelled.
awaitable<std::string> wait(async::Event& never, bool& cancelled) {
  cancelled = co_await testing::is_cancelled(never.wait());
  async::throw_cancelled();
}

}  // namespace

// A limit of an hour is longer than testing::run() waits, so a result that arrives did not wait for it.

TEST_CASE("work that ends in time returns its result at once") {
  testing::run([](async::Executor) -> awaitable<void> {
    const std::string got = co_await with_timeout(1h, "the answer", answer("hello"));
    CHECK(got == "hello");
  });
}

TEST_CASE("work that fails in time throws its failure at once") {
  testing::run([](async::Executor) -> awaitable<void> {
    ErrorKind kind{};
    std::string got;
    try {
      co_await with_timeout(1h, "the answer", fail());
    } catch (const Error& error) {
      kind = error.kind();
      got = error.what();
    }
    CHECK(kind == ErrorKind::not_found);
    CHECK(got == "no such blob");
  });
}

TEST_CASE("work that takes too long is cancelled, and the error names it and the limit") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    async::Event never(executor);
    bool cancelled = false;
    ErrorKind kind{};
    std::string got;
    try {
      co_await with_timeout(0s, "connecting to reg:443", wait(never, cancelled));
    } catch (const Error& error) {
      kind = error.kind();
      got = error.what();
    }
    CHECK(cancelled);
    CHECK(kind == ErrorKind::transport);
    CHECK(got == "connecting to reg:443 took longer than 0s");
  });
}

TEST_CASE("cancelling the caller cancels the work, and is not a timeout") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    async::Event never(executor);
    bool work_cancelled = false;
    bool caller_cancelled = false;
    const auto limited = [](async::Event& event, bool& noted) -> awaitable<void> {
      co_await with_timeout(1h, "waiting", wait(event, noted));
    };
    const auto caller = [](awaitable<void> work, bool& noted) -> awaitable<void> {
      noted = co_await testing::is_cancelled(std::move(work));
    };
    async::TaskGroup group(executor);
    group.spawn(caller(limited(never, work_cancelled), caller_cancelled));
    group.cancel();
    co_await group.join();
    CHECK(work_cancelled);
    CHECK(caller_cancelled);
  });
}

TEST_CASE("a move-only result is returned") {
  testing::run([](async::Executor) -> awaitable<void> {
    const auto make = []() -> awaitable<std::unique_ptr<int>> { co_return std::make_unique<int>(5); };
    const auto made = co_await with_timeout(1h, "making", make());
    CHECK(*made == 5);
  });
}

TEST_CASE("sleep() can be cancelled") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    bool cancelled = false;
    const auto sleeper = [](bool& noted) -> awaitable<void> {
      noted = co_await testing::is_cancelled(async::sleep(1h));
    };
    async::TaskGroup group(executor);
    group.spawn(sleeper(cancelled));
    group.cancel();
    co_await group.join();
    CHECK(cancelled);
    co_await async::sleep(0s);
  });
}
