#include "acedt/async/in_order.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <numeric>
#include <stdexcept>
#include <vector>

using acedt::async::in_order;

TEST_CASE("all work is done, and its results are used in order") {
  for (const std::size_t threads : {1U, 2U, 7U}) {
    for (const std::size_t ahead : {1U, 3U, 1000U}) {
      std::vector<std::size_t> used;
      std::atomic<std::size_t> worked = 0;
      in_order(100, threads, ahead, [&](std::size_t i) {
        ++worked;
        return [&used, i] { used.push_back(i); };
      });
      std::vector<std::size_t> wanted(100);
      std::iota(wanted.begin(), wanted.end(), 0);
      CHECK(used == wanted);
      CHECK(worked == 100);
    }
  }
  in_order(0, 3, 3, [](std::size_t) { return nullptr; });
}

TEST_CASE("a failure of work or of its use ends everything, and is thrown") {
  const auto fail = [] { throw std::runtime_error("no"); };
  for (const std::size_t threads : {1U, 4U}) {
    CHECK_THROWS_AS(in_order(50, threads, 2,
                             [&](std::size_t i) -> std::function<void()> {
                               if (i == 20) fail();
                               return nullptr;
                             }),
                    std::runtime_error);
    std::size_t used = 0;
    CHECK_THROWS_AS(in_order(50, threads, 2,
                             [&](std::size_t i) -> std::function<void()> {
                               return [&, i] {
                                 if (i == 20) fail();
                                 ++used;
                               };
                             }),
                    std::runtime_error);
    CHECK(used == 20);
  }
}
