#include "acedt/async/once_map.hpp"

#include "acedt/async/task_group.hpp"
#include "acedt/base/error.hpp"
#include "support/run.hpp"
#include "support/steps.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace acedt;
using async::awaitable;
using async::TaskGroup;
using testing::settle;

namespace {

using Map = async::OnceMap<std::string, int>;

/// Claims `key`. The first claimant works until `go` and notes its name as the producer.
struct Claimant {
  Map& map;
  async::Event& go;
  std::string& producers;
  std::string& values;
};

awaitable<void> claim(Claimant on, std::string key, char name, int value) {
  auto claim = co_await on.map.claim(key);
  if (claim.done() == nullptr) {
    on.producers += name;
    co_await on.go.wait();
    if (value < 0) throw Error(ErrorKind::transport, "no value");
    claim.finish(value);
  }
  on.values += name + std::to_string(*claim.done());
}

/// The same, but catches its own failure.
awaitable<void> try_claim(Claimant on, std::string key, char name, int value) {
  try {
    co_await claim(on, std::move(key), name, value);
  } catch (const Error&) {
    on.values += '!';
  }
}

}  // namespace

TEST_CASE("the first claimant of a key works, and the others get its value") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    Map map(executor);
    async::Event go(executor);
    std::string producers, values;
    const Claimant on{map, go, producers, values};
    TaskGroup group(executor);
    for (const char name : {'a', 'b', 'c'}) group.spawn(claim(on, "key", name, name - 'a'));
    co_await settle();
    CHECK(producers == "a");
    CHECK(values.empty());
    go.wake_one();
    co_await group.join();
    CHECK(values == "a0b0c0");
    const auto later = co_await map.claim("key");
    REQUIRE(later.done() != nullptr);
    CHECK(*later.done() == 0);
  });
}

TEST_CASE("different keys are independent") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    Map map(executor);
    async::Event go(executor);
    std::string producers, values;
    const Claimant on{map, go, producers, values};
    TaskGroup group(executor);
    group.spawn(claim(on, "one", 'a', 1));
    group.spawn(claim(on, "two", 'b', 2));
    CHECK(producers == "ab");
    go.wake_all();
    co_await group.join();
    CHECK(values == "a1b2");
  });
}

TEST_CASE("an abandoned claim passes to the next waiter only") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    Map map(executor);
    async::Event go(executor);
    std::string producers, values;
    const Claimant on{map, go, producers, values};
    TaskGroup group(executor);
    group.spawn(try_claim(on, "key", 'a', -1));
    group.spawn(try_claim(on, "key", 'b', -1));
    group.spawn(try_claim(on, "key", 'c', 3));
    group.spawn(try_claim(on, "key", 'd', 4));
    go.wake_one();
    co_await settle();
    CHECK(producers == "ab");
    go.wake_one();
    co_await settle();
    CHECK(producers == "abc");
    CHECK(values == "!!");
    go.wake_one();
    co_await group.join();
    CHECK(values == "!!c3d3");
  });
}

TEST_CASE("an abandoned claim without a waiter is free for the next claimant") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    Map map(executor);
    {
      const auto given_up = co_await map.claim("key");
      CHECK(given_up.done() == nullptr);
    }
    auto next = co_await map.claim("key");
    CHECK(next.done() == nullptr);
    next.finish(5);
    CHECK(*next.done() == 5);
  });
}

TEST_CASE("a cancelled producer passes on its claim, not its cancellation") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    Map map(executor);
    async::Event go(executor);
    std::string producers, values;
    const Claimant on{map, go, producers, values};
    TaskGroup first(executor);
    first.spawn(claim(on, "key", 'a', 1));
    TaskGroup second(executor);
    second.spawn(claim(on, "key", 'b', 2));
    first.cancel();
    co_await first.join();
    co_await settle();
    CHECK(producers == "ab");
    go.wake_one();
    co_await second.join();
    CHECK(values == "b2");
  });
}

TEST_CASE("a waiter that is cancelled as it gets the claim does not lose it for the others") {
  enum class When { before, at_once, after };
  for (const When when : {When::before, When::at_once, When::after}) {
    testing::run([when](async::Executor executor) -> awaitable<void> {
      Map map(executor);
      async::Event go(executor);
      std::string producers, values;
      const Claimant on{map, go, producers, values};
      TaskGroup first(executor), second(executor), third(executor);
      first.spawn(claim(on, "key", 'a', 1));
      second.spawn(claim(on, "key", 'b', 2));
      third.spawn(claim(on, "key", 'c', 3));
      if (when == When::before) second.cancel();
      first.cancel();
      if (when == When::after) co_await settle();
      second.cancel();
      co_await first.join();
      co_await second.join();
      co_await settle();
      CHECK(producers == (when == When::before ? "ac" : "abc"));
      go.wake_one();
      co_await third.join();
      CHECK(values == "c3");
    });
  }
}

TEST_CASE("a forgotten key is computed again") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    Map map(executor);
    auto first = co_await map.claim("key");
    first.finish(1);
    map.forget("key");
    map.forget("other");
    auto second = co_await map.claim("key");
    CHECK(second.done() == nullptr);
    second.finish(2);
    CHECK(*first.done() == 1);
    const auto third = co_await map.claim("key");
    CHECK(*third.done() == 2);
  });
}
