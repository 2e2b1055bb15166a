#include "acedt/async/inbox.hpp"

#include "support/run.hpp"
#include "support/steps.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <thread>
#include <vector>

using namespace acedt;
using async::awaitable;
using async::Inbox;

TEST_CASE("an inbox takes what other threads put into it to its own, in the order of each") {
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

TEST_CASE("what an inbox is given while it hands out comes behind that") {
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

TEST_CASE("an inbox takes what can only be moved") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    int got = 0;
    Inbox<std::unique_ptr<int>> inbox(executor, [&got](std::unique_ptr<int> value) { got = *value; });
    inbox.put(std::make_unique<int>(5));
    co_await testing::settle();
    CHECK(got == 5);
  });
}
