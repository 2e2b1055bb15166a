#include "acedt/async/crossing.hpp"

#include "acedt/async/task_group.hpp"
#include "acedt/base/error.hpp"
#include "support/run.hpp"
#include "support/steps.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace acedt;
using async::awaitable;
using async::Inbox;
using async::TaskGroup;

namespace {

awaitable<std::thread::id> thread_there() {
  co_return std::this_thread::get_id();
}

awaitable<void> fail_there() {
  throw Error(ErrorKind::storage, "disk full");
  co_return;
}

/// Offloads a job that signals its start and ends when it may.
struct Held {
  async::ThreadPool pool{1};
  std::promise<void> begun = {};
  std::promise<void> may_end = {};
  bool ended = false;      // the job
  bool returned = false;   // offload()
  bool continued = false;  // after the next await

  awaitable<void> offload() {
    auto job = [this] {
      begun.set_value();
      may_end.get_future().wait();
      ended = true;
    };
    co_await async::offload(pool, std::move(job));
    returned = true;
    co_await asio::post(asio::use_awaitable);
    continued = true;
  }
};

}  // namespace

TEST_CASE("work runs on the thread of the other executor, and the caller resumes on its own") {
  testing::run([](async::Executor) -> awaitable<void> {
    async::ThreadPool pool(1);
    const auto here = std::this_thread::get_id();
    const auto there = co_await async::run_on(pool.executor(), thread_there());
    CHECK(there != here);
    CHECK(std::this_thread::get_id() == here);
    const auto again = co_await async::offload(pool, std::this_thread::get_id);
    CHECK(again == there);
    CHECK(std::this_thread::get_id() == here);
  });
}

TEST_CASE("the result of a job is returned, also a move-only one, and void") {
  testing::run([](async::Executor) -> awaitable<void> {
    async::ThreadPool pool(1);
    bool done = false;
    auto make = [text = std::string("a text that is on the heap, as it is long")] {
      return std::make_unique<std::string>(text);
    };
    const auto made = co_await async::offload(pool, std::move(make));
    CHECK(*made == "a text that is on the heap, as it is long");
    auto note = [&done] { done = true; };
    co_await async::offload(pool, note);
    CHECK(done);
  });
}

TEST_CASE("an exception of the work is thrown to its caller") {
  testing::run([](async::Executor) -> awaitable<void> {
    async::ThreadPool pool(1);
    std::string got;
    try {
      co_await async::run_on(pool.executor(), fail_there());
    } catch (const Error& error) {
      got = error.what();
    }
    CHECK(got == "disk full");
    got.clear();
    auto job = []() -> int { throw Error(ErrorKind::corrupt, "bad bytes"); };
    try {
      co_await async::offload(pool, job);
    } catch (const Error& error) {
      got = error.what();
    }
    CHECK(got == "bad bytes");
  });
}

TEST_CASE("a cancelled caller waits for the work, then is cancelled") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    Held held;
    TaskGroup group(executor);
    group.spawn(held.offload());
    held.begun.get_future().wait();
    group.cancel();
    co_await testing::settle();
    CHECK(group.size() == 1);
    CHECK_FALSE(held.returned);
    held.may_end.set_value();
    co_await group.join();
    CHECK(held.ended);
    CHECK(held.returned);
    CHECK_FALSE(held.continued);
  });
}

TEST_CASE("an inbox carries values of other threads to its own, in order for each thread") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    constexpr int count = 1000;
    const auto here = std::this_thread::get_id();
    std::vector<int> taken;
    Inbox<int> inbox(executor, [&](int value) {
      CHECK(std::this_thread::get_id() == here);
      taken.push_back(value);
    });
    const auto put = [&inbox](int first) {
      for (int i = first; i < first + count; ++i) inbox.put(i);
    };
    std::thread one(put, 0);
    std::thread another(put, count);
    one.join();
    another.join();
    co_await testing::settle();
    std::vector<int> wanted(2 * count);
    for (int i = 0; i < 2 * count; ++i) wanted[static_cast<std::size_t>(i)] = i;
    const auto is_of_first = [](int value) { return value < count; };
    std::stable_partition(taken.begin(), taken.end(), is_of_first);
    CHECK(taken == wanted);
  });
}

TEST_CASE("a value that is put during delivery comes after the others") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    std::vector<int> taken;
    std::unique_ptr<Inbox<int>> inbox;
    const auto use = [&](int value) {
      taken.push_back(value);
      if (value < 3) inbox->put(value + 2);
    };
    inbox = std::make_unique<Inbox<int>>(executor, use);
    inbox->put(1);
    inbox->put(2);
    CHECK(taken.empty());
    co_await testing::settle();
    CHECK(taken == std::vector<int>{1, 2, 3, 4});
  });
}

TEST_CASE("an inbox carries move-only values") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    int got = 0;
    Inbox<std::unique_ptr<int>> inbox(executor, [&got](std::unique_ptr<int> value) { got = *value; });
    inbox.put(std::make_unique<int>(5));
    co_await testing::settle();
    CHECK(got == 5);
  });
}
