#include "acedt/plan/digest_map.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>

using namespace acedt;
using plan::DigestMap;

namespace {

DigestMap::Key key(std::uint32_t number) {
  std::string hex = std::to_string(number);
  hex.insert(0, 64 - hex.size(), '0');
  return DigestMap::key_of(oci::Digest::parse("sha256:" + hex));  // the worst case: all begin alike
}

}  // namespace

TEST_CASE("a map of digests finds what was put in, and nothing else") {
  DigestMap map;
  for (std::uint32_t i = 0; i < 5000; i += 2) map.insert(key(i), i).set_place({i, 7});
  CHECK(map.size() == 2500);
  for (std::uint32_t i = 0; i < 5000; ++i) {
    const DigestMap::Entry* const found = map.find(key(i));
    const bool right =
        i % 2 == 1 ? found == nullptr : found != nullptr && found->archive == i && found->place()->frame == i;
    if (!right) FAIL_CHECK(i);
  }
}

TEST_CASE("a digest that is there already keeps its archive") {
  DigestMap map;
  map.insert(key(1), 10);
  CHECK(map.insert(key(1), 20).archive == 10);
  CHECK(map.size() == 1);
}

TEST_CASE("a place is kept up to 256 TiB; beyond, and before it is set, there is none") {
  DigestMap map;
  DigestMap::Entry& entry = map.insert(key(1), 1);
  CHECK(entry.place() == std::nullopt);
  constexpr std::uint64_t most = (1ULL << 48) - 2;
  for (const tar::Place& place : {tar::Place{0, 0}, tar::Place{512, 0}, tar::Place{most, most}}) {
    entry.set_place(place);
    CHECK(entry.place() == place);
  }
  for (const tar::Place& place : {tar::Place{most + 1, 0}, tar::Place{0, most + 1}, tar::Place{~0ULL, ~0ULL}}) {
    entry.set_place(place);
    CHECK(entry.place() == std::nullopt);
  }
}

TEST_CASE("sha512 digests are told apart") {
  DigestMap map;
  const auto long_key = [](char last) {
    return DigestMap::key_of(oci::Digest::parse("sha512:" + std::string(63, 'a') + last + std::string(64, '0')));
  };
  map.insert(long_key('b'), 1);
  CHECK(map.find(long_key('c')) == nullptr);
  CHECK(map.find(long_key('b')) != nullptr);
}
