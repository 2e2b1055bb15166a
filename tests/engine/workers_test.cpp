#include "acedt/engine/workers.hpp"

#include <doctest/doctest.h>

#include <asio/post.hpp>

#include <atomic>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

using namespace acedt;
using namespace acedt::engine;

namespace {

struct NoAuthorizer : registry::Authorizer {
  async::awaitable<bool> renew(registry::Repository, unsigned, std::optional<registry::Refusal>) override {
    co_return false;
  }
  async::awaitable<Secret> alone(registry::Repository, std::vector<http::Challenge>) override { co_return Secret(); }
};

/// Lets other coroutines run until `condition` holds.
async::awaitable<void> until(std::function<bool()> condition) {
  while (!condition()) co_await asio::post(asio::use_awaitable);
}

}  // namespace

TEST_CASE("a thread idles while none of its connections has a job") {
  async::Runtime runtime(2);
  NoAuthorizer authorizer;
  report::Counters counters;
  Workers workers(runtime, {.connections = 2, .connections_per_host = 2, .client = {}}, authorizer, counters);
  std::atomic<int> begun = 0;
  std::atomic<int> to_go_on = 0;
  const Work job = [&](registry::Transport&) { return until([&, number = ++begun] { return to_go_on >= number; }); };

  const auto one_idles = [&] { return workers.has_idle_thread(); };
  const auto both_begun = [&] { return begun == 2; };

  runtime.run([&]() -> async::awaitable<void> {
    workers.start();
    co_await until(one_idles);
    workers.push({}, "registry", job);
    workers.push({}, "registry", job);
    co_await until(both_begun);
    CHECK_FALSE(workers.has_idle_thread());
    to_go_on = 1;
    co_await until(one_idles);
    to_go_on = 2;
    co_await workers.stop();
  });
}

TEST_CASE("the connections of a host are spread evenly over the threads") {
  async::Runtime runtime(2);
  NoAuthorizer authorizer;
  report::Counters counters;
  Workers workers(runtime, {.connections = 8, .connections_per_host = 2, .client = {}}, authorizer, counters);
  std::mutex mutex;
  std::vector<std::thread::id> threads;
  const auto both_begun = [&] {
    const std::lock_guard lock(mutex);
    return threads.size() == 2;
  };
  const Work job = [&](registry::Transport&) {
    const std::lock_guard lock(mutex);
    threads.push_back(std::this_thread::get_id());
    return until(both_begun);
  };

  runtime.run([&]() -> async::awaitable<void> {
    workers.start();
    workers.push({}, "registry", job);
    workers.push({}, "registry", job);
    co_await until(both_begun);
    co_await workers.stop();
  });
  CHECK(threads.at(0) != threads.at(1));
}

TEST_CASE("the caller of a dropped request gets Dropped, and other callers get their results") {
  async::Runtime runtime(1);
  NoAuthorizer authorizer;
  report::Counters counters;
  Workers workers(runtime, {.connections = 1, .connections_per_host = 1, .client = {}}, authorizer, counters);
  int got = 0;
  int dropped = 0;
  const auto ask = [&](std::uint64_t row) -> async::awaitable<void> {
    const auto request = [](registry::Transport&) -> async::awaitable<int> { co_return 7; };
    try {
      got += co_await workers.perform<int>(row, "registry", request);
    } catch (const Dropped&) {
      ++dropped;
    }
  };

  runtime.run([&]() -> async::awaitable<void> {
    async::TaskGroup group(runtime.control());
    group.spawn(ask(1));
    group.spawn(ask(2));
    workers.drop_from(2);
    group.spawn(ask(3));
    workers.start();
    co_await group.join();
    CHECK(got == 7);
    CHECK(dropped == 2);
    co_await workers.stop();
  });
}

TEST_CASE("a job that throws ends the run, and no caller waits forever") {
  async::Runtime runtime(2);
  NoAuthorizer authorizer;
  report::Counters counters;
  Workers workers(runtime, {.connections = 4, .connections_per_host = 4, .client = {}}, authorizer, counters);
  const Work job = [](registry::Transport&) -> async::awaitable<void> {
    co_await asio::post(asio::use_awaitable);
    throw 42;
  };
  bool told = false;
  runtime.run([&]() -> async::awaitable<void> {
    workers.start();
    workers.push({}, "registry", job);
    try {
      co_await workers.watch();
    } catch (int) {
      told = true;
    }
    co_await workers.stop();
  });
  CHECK(told);
}
