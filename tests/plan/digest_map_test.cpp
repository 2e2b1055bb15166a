#include "acedt/plan/digest_map.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>

using namespace acedt;
using plan::DigestMap;
using plan::Holding;

namespace {

constexpr HashSeed seed{1, 2};

/// All begin alike, as an attacker can choose them.
oci::Digest digest(std::uint32_t number) {
  std::string hex = std::to_string(number);
  hex.insert(0, 64 - hex.size(), '0');
  return oci::Digest::parse("sha256:" + hex);
}

}  // namespace

TEST_CASE("a map of digests finds what was put in, and nothing else, with any seed") {
  for (const HashSeed& each : {HashSeed{0, 0}, HashSeed{1, 2}, HashSeed{~0ULL, ~0ULL}}) {
    DigestMap map(each);
    for (std::uint32_t i = 0; i < 5000; i += 2) map.insert(digest(i), {i}, i).set_location({i, 7});
    CHECK(map.size() == 2500);
    for (std::uint32_t i = 0; i < 5000; ++i) {
      const Holding* const found = map.find(digest(i), {i});
      const bool right =
          i % 2 == 1 ? found == nullptr : found != nullptr && found->archive == i && found->location()->frame == i;
      if (!right) FAIL_CHECK(i);
    }
  }
}

TEST_CASE("a hundred thousand digests that begin alike are put in and found in no time") {
  constexpr std::uint32_t count = 100'000;  // each with a look at half of the others: minutes
  DigestMap map(seed);
  for (std::uint32_t i = 0; i < count; ++i) map.insert(digest(i), 1_B, i);
  CHECK(map.size() == count);
  CHECK(map.find(digest(count - 1), 1_B)->archive == count - 1);
}

TEST_CASE("content that is there already keeps its archive, and does not move when others come") {
  DigestMap map(seed);
  const Holding& first = map.insert(digest(1), 1_B, 10);
  for (std::uint32_t i = 2; i < 10'000; ++i) map.insert(digest(i), 1_B, 20);
  CHECK(&map.insert(digest(1), 1_B, 20) == &first);
  CHECK(first.archive == 10);
  CHECK(map.size() == 9'999);
}

TEST_CASE("a place is kept up to 256 TiB; beyond, and before it is set, there is none") {
  DigestMap map(seed);
  Holding& held = map.insert(digest(1), 1_B, 1);
  CHECK(held.location() == std::nullopt);
  constexpr std::uint64_t most = (1ULL << 48) - 2;
  for (const tar::Location& location : {tar::Location{0, 0}, tar::Location{512, 0}, tar::Location{most, most}}) {
    held.set_location(location);
    CHECK(held.location() == location);
  }
  for (const tar::Location& location :
       {tar::Location{most + 1, 0}, tar::Location{0, most + 1}, tar::Location{~0ULL, ~0ULL}}) {
    held.set_location(location);
    CHECK(held.location() == std::nullopt);
  }
}
