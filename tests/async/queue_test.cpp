#include "acedt/async/queue.hpp"

#include "acedt/async/task_group.hpp"
#include "async/steps.hpp"
#include "support/run.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <vector>

using namespace acedt;
using async::awaitable;
using async::Queue;
using async::TaskGroup;
using testing::settle;

namespace {

awaitable<void> push_all(Queue<int>& queue, int count, int& pushed) {
  for (int i = 1; i <= count; ++i) {
    co_await queue.push(i);
    pushed = i;
  }
}

awaitable<void> pop_all(Queue<int>& queue, std::vector<int>& popped, int& ended) {
  for (;;) {
    const auto value = co_await queue.pop();
    if (!value) break;
    popped.push_back(*value);
  }
  ++ended;
}

}  // namespace

TEST_CASE("a queue hands values over in order, and a producer waits while it is full") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    Queue<int> queue(executor, 2);
    int pushed = 0;
    TaskGroup group(executor);
    group.spawn(push_all(queue, 5, pushed));
    co_await settle();
    CHECK(pushed == 2);
    for (int i = 1; i <= 5; ++i) {
      const auto value = co_await queue.pop();
      CHECK(value == i);
      co_await settle();
      CHECK(pushed == std::min(i + 2, 5));
    }
    co_await group.join();
  });
}

TEST_CASE("a consumer waits while the queue is empty") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    Queue<int> queue(executor, 1);
    std::vector<int> popped;
    int ended = 0;
    TaskGroup group(executor);
    group.spawn(pop_all(queue, popped, ended));
    co_await settle();
    CHECK(popped.empty());
    co_await queue.push(7);
    co_await settle();
    CHECK(popped == std::vector<int>{7});
    queue.close();
    co_await group.join();
    CHECK(ended == 1);
  });
}

TEST_CASE("a closed queue is drained, and then says that nothing comes any more, every time") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    Queue<int> queue(executor, 3);
    co_await queue.push(1);
    co_await queue.push(2);
    queue.close();
    std::vector<int> popped;
    int ended = 0;
    co_await pop_all(queue, popped, ended);
    CHECK(popped == std::vector<int>{1, 2});
    const auto again = co_await queue.pop();
    CHECK_FALSE(again);
  });
}

TEST_CASE("closing a queue ends all consumers that wait") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    Queue<int> queue(executor, 1);
    std::vector<int> popped;
    int ended = 0;
    TaskGroup group(executor);
    for (int i = 0; i < 3; ++i) group.spawn(pop_all(queue, popped, ended));
    co_await settle();
    CHECK(ended == 0);
    queue.close();
    co_await group.join();
    CHECK(ended == 3);
    CHECK(popped.empty());
  });
}

TEST_CASE("several producers and consumers lose no value and double none") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    Queue<int> queue(executor, 2);
    std::vector<int> popped;
    int ended = 0;
    int pushed = 0;
    TaskGroup consumers(executor);
    for (int i = 0; i < 3; ++i) consumers.spawn(pop_all(queue, popped, ended));
    TaskGroup producers(executor);
    for (int i = 0; i < 4; ++i) producers.spawn(push_all(queue, 10, pushed));
    co_await producers.join();
    queue.close();
    co_await consumers.join();
    std::vector<int> times(11);
    for (const int value : popped) ++times.at(static_cast<std::size_t>(value));
    CHECK(times == std::vector<int>{0, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4});
  });
}

TEST_CASE("who is cancelled while he waits at a queue takes nothing and leaves nothing") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    Queue<int> queue(executor, 1);
    std::vector<int> popped;
    int ended = 0, pushed = 0;
    TaskGroup consumer(executor);
    consumer.spawn(pop_all(queue, popped, ended));
    consumer.cancel();
    co_await consumer.join();
    TaskGroup producer(executor);
    producer.spawn(push_all(queue, 2, pushed));
    producer.cancel();
    co_await producer.join();
    CHECK(pushed == 1);
    CHECK(popped.empty());
    const auto value = co_await queue.pop();
    CHECK(value == 1);
    queue.close();
    const auto after = co_await queue.pop();
    CHECK_FALSE(after);
  });
}

TEST_CASE("a queue takes what can only be moved") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    Queue<std::unique_ptr<int>> queue(executor, 1);
    co_await queue.push(std::make_unique<int>(5));
    const auto value = co_await queue.pop();
    REQUIRE(value);
    CHECK(**value == 5);
  });
}
