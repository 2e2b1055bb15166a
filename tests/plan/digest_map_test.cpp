#include "acedt/plan/digest_map.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>

using namespace acedt;
using plan::DigestMap;
using plan::Holding;

namespace {

constexpr HashSeed seed{1, 2};

/// Digests with the same start, as an attacker can choose them.
oci::Digest digest(std::uint32_t number) {
  std::string hex = std::to_string(number);
  hex.insert(0, 64 - hex.size(), '0');
  return oci::Digest::parse("sha256:" + hex);
}

}  // namespace

TEST_CASE("the map finds exactly the digests that were inserted, with any seed") {
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

TEST_CASE("100,000 digests with the same start are inserted and found quickly") {
  constexpr std::uint32_t count = 100'000;  // takes minutes if each is compared with half of the others
  DigestMap map(seed);
  for (std::uint32_t i = 0; i < count; ++i) map.insert(digest(i), 1_B, i);
  CHECK(map.size() == count);
  CHECK(map.find(digest(count - 1), 1_B)->archive == count - 1);
}

TEST_CASE("inserting again keeps the archive, and entries do not move when the map grows") {
  DigestMap map(seed);
  const Holding& first = map.insert(digest(1), 1_B, 10);
  for (std::uint32_t i = 2; i < 10'000; ++i) map.insert(digest(i), 1_B, 20);
  CHECK(&map.insert(digest(1), 1_B, 20) == &first);
  CHECK(first.archive == 10);
  CHECK(map.size() == 9'999);
}

TEST_CASE("a location is kept up to 256 TiB, and unset beyond that or before it is set") {
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
