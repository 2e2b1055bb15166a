#include "acedt/plan/shards.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "acedt/base/error.hpp"

namespace acedt::plan {
namespace {

TEST_CASE("a shard is written as I/N, with I from 1 to N") {
  CHECK(parse_shard("3/8") == Shard{3, 8});
  CHECK(parse_shard("1/1") == Shard{});
  CHECK(parse_shard("10000/10000").text() == "10000/10000");
  for (const char* text : {"", "/", "3", "3/", "/8", "0/8", "9/8", "1/10001", "-1/8", "1/8/8", "a/8", "1/ 8"})
    CHECK_THROWS_AS(parse_shard(text), Error);
}

TEST_CASE("each item goes to the shard with the fewest bytes, and to the first of several") {
  Division division(3);
  CHECK(division.next(5_B) == 1);
  CHECK(division.next(1_B) == 2);
  CHECK(division.next(1_B) == 3);
  CHECK(division.next(1_B) == 2);
  CHECK(division.next(9_B) == 3);
  CHECK(division.next(1_B) == 2);
}

TEST_CASE("shards differ by at most the largest item") {
  std::mt19937_64 random(19);
  for (const unsigned count : {1U, 2U, 7U, 64U}) {
    Division division(count);
    std::vector<std::uint64_t> loads(count);
    std::uint64_t largest = 0;
    for (int item = 0; item < 10'000; ++item) {
      const std::uint64_t size = random() % (item % 100 == 0 ? 1'000'000 : 1000);
      largest = std::max(largest, size);
      loads[division.next({size}) - 1] += size;
    }
    CHECK(std::ranges::max(loads) - std::ranges::min(loads) <= largest);
  }
}

}  // namespace
}  // namespace acedt::plan
