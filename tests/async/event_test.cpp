#include "acedt/async/event.hpp"

#include "acedt/async/task_group.hpp"
#include "support/run.hpp"
#include "support/steps.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace acedt;
using async::awaitable;
using testing::settle;

namespace {

awaitable<void> wait_and_note(async::Event& event, std::string& log, char name) {
  co_await event.wait();
  log += name;
}

}  // namespace

TEST_CASE("waiters are woken in the order of arrival") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    async::Event event(executor);
    std::string log;
    async::TaskGroup group(executor);
    for (const char name : {'a', 'b', 'c'}) group.spawn(wait_and_note(event, log, name));
    co_await settle();
    CHECK(log.empty());
    event.wake_one();
    co_await settle();
    CHECK(log == "a");
    event.wake_all();
    co_await group.join();
    CHECK(log == "abc");
  });
}

TEST_CASE("a wake-up without a waiter is lost") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    async::Event event(executor);
    std::string log;
    event.wake_one();
    event.wake_all();
    async::TaskGroup group(executor);
    group.spawn(wait_and_note(event, log, 'a'));
    co_await settle();
    CHECK(log.empty());
    event.wake_one();
    co_await group.join();
    CHECK(log == "a");
  });
}

TEST_CASE("two wake-ups in a row wake two waiters") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    async::Event event(executor);
    std::string log;
    async::TaskGroup group(executor);
    for (const char name : {'a', 'b', 'c'}) group.spawn(wait_and_note(event, log, name));
    event.wake_one();
    event.wake_one();
    co_await settle();
    CHECK(log == "ab");
    event.wake_one();
    co_await group.join();
    CHECK(log == "abc");
  });
}

TEST_CASE("a cancelled waiter gets an exception, and the others keep waiting") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    async::Event event(executor);
    std::string log;
    bool cancelled = false;
    const auto wait = [](async::Event& awaited, bool& noted) -> awaitable<void> {
      noted = co_await testing::is_cancelled(awaited.wait());
    };
    async::TaskGroup first(executor);
    async::TaskGroup second(executor);
    first.spawn(wait(event, cancelled));
    second.spawn(wait_and_note(event, log, 'b'));
    first.cancel();
    co_await first.join();
    CHECK(cancelled);
    CHECK(log.empty());
    event.wake_one();
    co_await second.join();
    CHECK(log == "b");
  });
}
