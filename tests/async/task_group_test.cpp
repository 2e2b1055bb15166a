#include "acedt/async/task_group.hpp"

#include <doctest/doctest.h>

#include <string>

#include "acedt/base/error.hpp"
#include "support/run.hpp"
#include "support/steps.hpp"

using namespace acedt;
using async::awaitable;
using async::TaskGroup;
using testing::settle;

namespace {

awaitable<void> wait(async::Event& event) {
  co_await event.wait();
}

awaitable<void> fail(std::string text) {
  throw Error(ErrorKind::corrupt, std::move(text));
  co_return;
}

awaitable<void> wait_then_fail(async::Event& event, std::string text) {
  co_await event.wait();
  throw Error(ErrorKind::corrupt, std::move(text));
}

/// Waits until it is cancelled, awaits its clean-up, then notes that.
awaitable<void> clean_up_when_cancelled(async::Event& never, int& cleaned_up) {
  co_await testing::is_cancelled(never.wait());
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await settle();
  ++cleaned_up;
}

/// Returns the message of what `work` throws; "cancelled" for a cancellation.
awaitable<std::string> outcome(awaitable<void> work) {
  std::string text = "ended";
  try {
    co_await std::move(work);
  } catch (const Error& error) {
    text = error.what();
  } catch (const std::system_error& error) {
    text = error.code() == asio::error::operation_aborted ? "cancelled" : error.what();
  }
  co_return text;
}

awaitable<void> note_outcome(awaitable<void> work, std::string& into) {
  into = co_await outcome(std::move(work));
}

}  // namespace

TEST_CASE("a child starts at once, and join() waits for the last one") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    async::Event event(executor);
    std::string log;
    const auto child = [](async::Event& awaited, std::string& noted, char name) -> awaitable<void> {
      noted += name;
      co_await awaited.wait();
      noted += name;
    };
    TaskGroup group(executor);
    group.spawn(child(event, log, 'a'));
    CHECK(log == "a");
    group.spawn(child(event, log, 'b'));
    CHECK(group.size() == 2);
    event.wake_one();
    co_await settle();
    CHECK(group.size() == 1);
    event.wake_one();
    co_await group.join();
    CHECK(log == "abab");
    CHECK(group.size() == 0);
  });
}

TEST_CASE("a group without children is joined at once and can be used again") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    async::Event event(executor);
    TaskGroup group(executor);
    co_await group.join();
    group.spawn(wait(event));
    event.wake_all();
    co_await group.join();
    CHECK(group.size() == 0);
  });
}

TEST_CASE("the first failure cancels the other children, and is rethrown when the last has ended") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    async::Event never(executor);
    async::Event failing(executor);
    int cleaned_up = 0;
    TaskGroup group(executor);
    group.spawn(clean_up_when_cancelled(never, cleaned_up));
    group.spawn(wait_then_fail(failing, "first"));
    group.spawn(clean_up_when_cancelled(never, cleaned_up));
    failing.wake_one();
    const std::string got = co_await outcome(group.join());
    CHECK(got == "first");
    CHECK(cleaned_up == 2);
  });
}

TEST_CASE("a failure before the first suspension counts") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    async::Event never(executor);
    TaskGroup group(executor);
    group.spawn(wait(never));
    group.spawn(fail("at once"));
    const std::string got = co_await outcome(group.join());
    CHECK(got == "at once");
  });
}

TEST_CASE("join() throws the first of several failures") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    async::Event event(executor);
    TaskGroup group(executor);
    for (const char* text : {"first", "second", "third"}) group.spawn(wait_then_fail(event, text));
    event.wake_all();
    const std::string got = co_await outcome(group.join());
    CHECK(got == "first");
  });
}

TEST_CASE("children that the group cancelled have not failed") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    async::Event never(executor);
    TaskGroup group(executor);
    group.spawn(wait(never));
    group.spawn(wait(never));
    group.cancel();
    const std::string got = co_await outcome(group.join());
    CHECK(got == "ended");
  });
}

TEST_CASE("a child that ends with a cancellation without being cancelled has failed") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    const auto child = []() -> awaitable<void> {
      async::throw_cancelled();
      co_return;
    };
    async::Event never(executor);
    TaskGroup group(executor);
    group.spawn(wait(never));
    group.spawn(child());
    const std::string got = co_await outcome(group.join());
    CHECK(got == "cancelled");
    CHECK(group.size() == 0);
  });
}

TEST_CASE("a cancelled join() cancels the children and still waits for them") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    async::Event never(executor);
    int cleaned_up = 0;
    std::string inner_outcome;
    TaskGroup inner(executor);
    inner.spawn(clean_up_when_cancelled(never, cleaned_up));
    inner.spawn(clean_up_when_cancelled(never, cleaned_up));
    TaskGroup outer(executor);
    outer.spawn(note_outcome(inner.join(), inner_outcome));
    outer.cancel();
    co_await outer.join();
    CHECK(inner_outcome == "cancelled");
    CHECK(cleaned_up == 2);
    CHECK(inner.size() == 0);
  });
}

TEST_CASE("the failure of a child is thrown although its parent is cancelled") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    async::Event never(executor);
    const auto child = [](async::Event& awaited) -> awaitable<void> {
      co_await testing::is_cancelled(awaited.wait());
      throw Error(ErrorKind::storage, "disk full");
    };
    std::string inner_outcome;
    TaskGroup inner(executor);
    inner.spawn(child(never));
    TaskGroup outer(executor);
    outer.spawn(note_outcome(inner.join(), inner_outcome));
    outer.cancel();
    co_await outer.join();
    CHECK(inner_outcome == "disk full");
  });
}

TEST_CASE("with_group() joins when its body returns") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    async::Event event(executor);
    bool ended = false;
    const auto child = [](async::Event& awaited, bool& done) -> awaitable<void> {
      co_await awaited.wait();
      co_await settle();
      done = true;
    };
    auto body = [&](TaskGroup& group) -> awaitable<void> {
      group.spawn(child(event, ended));
      event.wake_one();
      co_return;
    };
    co_await async::with_group(std::move(body));
    CHECK(ended);
  });
}

TEST_CASE("with_group() cancels and joins when its body fails, and throws that failure") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    async::Event never(executor);
    int cleaned_up = 0;
    auto body = [&](TaskGroup& group) -> awaitable<void> {
      group.spawn(clean_up_when_cancelled(never, cleaned_up));
      throw Error(ErrorKind::corrupt, "body");
      co_return;
    };
    const std::string got = co_await outcome(async::with_group(std::move(body)));
    CHECK(got == "body");
    CHECK(cleaned_up == 1);
  });
}

TEST_CASE("with_group() throws the first failure, of a child or of its body") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    async::Event event(executor);
    auto child_first = [&](TaskGroup& group) -> awaitable<void> {
      group.spawn(fail("child"));
      co_await settle();
      throw Error(ErrorKind::corrupt, "body");
    };
    const std::string first = co_await outcome(async::with_group(std::move(child_first)));
    CHECK(first == "child");
    const auto fail_when_cancelled = [](async::Event& never) -> awaitable<void> {
      co_await testing::is_cancelled(never.wait());
      throw Error(ErrorKind::corrupt, "child");
    };
    auto body_first = [&](TaskGroup& group) -> awaitable<void> {
      group.spawn(fail_when_cancelled(event));
      throw Error(ErrorKind::corrupt, "body");
      co_return;
    };
    const std::string second = co_await outcome(async::with_group(std::move(body_first)));
    CHECK(second == "body");
  });
}

TEST_CASE("cancelling the caller of with_group() cancels body and children, and joins them") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    async::Event never(executor);
    int cleaned_up = 0;
    std::string inner_outcome;
    const auto waiting = [](async::Event& awaited, int& cleaned) -> awaitable<void> {
      auto body = [&](TaskGroup& group) -> awaitable<void> {
        group.spawn(clean_up_when_cancelled(awaited, cleaned));
        co_await awaited.wait();
      };
      co_await async::with_group(std::move(body));
    };
    TaskGroup outer(executor);
    outer.spawn(note_outcome(waiting(never, cleaned_up), inner_outcome));
    outer.cancel();
    co_await outer.join();
    CHECK(inner_outcome == "cancelled");
    CHECK(cleaned_up == 1);
  });
}

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
