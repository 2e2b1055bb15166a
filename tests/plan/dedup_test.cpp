#include "acedt/plan/dedup.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "plan/content.hpp"

using namespace acedt;
using plan::Dedup;
using plan::DedupScope;
using plan::DigestMap;
using plan::HashSeed;
using plan::Holding;
using plan::seeded_hash;
using testing::digest_of;

namespace {

const auto every_scope = {DedupScope::folder, DedupScope::name, DedupScope::none};
constexpr HashSeed seed{1, 2};
constexpr tar::Location here{4096, 512};
constexpr tar::Location there{8192, 0};

}  // namespace

TEST_CASE("with scope folder, a blob of any archive is not stored again") {
  Dedup dedup(DedupScope::folder, seed);
  const auto a = dedup.add_archive("000001-a.tar", "a");
  dedup.add(a, digest_of('1'), 9_B, here);
  CHECK(dedup.holder("a", digest_of('1'), 9_B) == a);
  CHECK(dedup.holder("b", digest_of('1'), 9_B) == a);
  CHECK_FALSE(dedup.holder("a", digest_of('2'), 9_B));
}

TEST_CASE("with scope name, only a blob of an archive of that name is not stored again") {
  Dedup dedup(DedupScope::name, seed);
  const auto a = dedup.add_archive("000001-a.tar", "a");
  const auto b = dedup.add_archive("000002-b.tar", "b");
  const auto newer_a = dedup.add_archive("000003-a.tar", "a");
  dedup.add(a, digest_of('1'), 9_B, here);
  dedup.add(b, digest_of('2'), 9_B, here);
  dedup.add(newer_a, digest_of('3'), 9_B, std::nullopt);
  CHECK(dedup.holder("a", digest_of('1'), 9_B) == a);
  CHECK(dedup.holder("a", digest_of('3'), 9_B) == newer_a);
  CHECK(dedup.holder("b", digest_of('2'), 9_B) == b);
  CHECK_FALSE(dedup.holder("a", digest_of('2'), 9_B));
  CHECK_FALSE(dedup.holder("b", digest_of('1'), 9_B));
  CHECK_FALSE(dedup.holder("c", digest_of('1'), 9_B));
}

TEST_CASE("with scope name, the holder is the first archive of that name with the blob") {
  Dedup dedup(DedupScope::name, seed);
  const auto b = dedup.add_archive("000001-b.tar", "b");
  const auto a = dedup.add_archive("000002-a.tar", "a");
  const auto newer_a = dedup.add_archive("000003-a.tar", "a");
  for (const auto archive : {b, a, newer_a}) dedup.add(archive, digest_of('1'), 9_B, here);
  CHECK(dedup.holder("a", digest_of('1'), 9_B) == a);
  CHECK(dedup.holder("b", digest_of('1'), 9_B) == b);
}

TEST_CASE("with scope none, every blob is stored again") {
  Dedup dedup(DedupScope::none, seed);
  dedup.add(dedup.add_archive("000001-a.tar", "a"), digest_of('1'), 9_B, here);
  CHECK_FALSE(dedup.holder("a", digest_of('1'), 9_B));
  CHECK_FALSE(dedup.holder("b", digest_of('1'), 9_B));
}

TEST_CASE("in every scope a blob can be copied from the archive that has it") {
  for (const DedupScope scope : every_scope) {
    Dedup dedup(scope, seed);
    CHECK_FALSE(dedup.find(digest_of('1'), 9_B));
    const auto a = dedup.add_archive("000001-a.tar", "a");
    dedup.add(a, digest_of('1'), 9_B, here);
    const auto found = dedup.find(digest_of('1'), 9_B);
    REQUIRE(found);
    CHECK(found->archive == a);
    CHECK(found->location() == here);
    CHECK_FALSE(dedup.find(digest_of('2'), 9_B));
  }
}

TEST_CASE("a blob has no location until its archive is written") {
  for (const DedupScope scope : every_scope) {
    Dedup dedup(scope, seed);
    const auto a = dedup.add_archive("000001-a.tar", "a");
    dedup.add(a, digest_of('1'), 9_B, std::nullopt);
    REQUIRE(dedup.find(digest_of('1'), 9_B));
    CHECK_FALSE(dedup.find(digest_of('1'), 9_B)->location());
    dedup.add(a, digest_of('1'), 9_B, here);
    CHECK(dedup.find(digest_of('1'), 9_B)->location() == here);
  }
}

TEST_CASE("an archive with a location is preferred, else the first counts") {
  Dedup dedup(DedupScope::folder, seed);
  const auto gone = dedup.add_archive("000001-a.tar", "a");
  const auto first = dedup.add_archive("000002-b.tar", "b");
  const auto second = dedup.add_archive("000003-c.tar", "c");
  dedup.add(gone, digest_of('1'), 9_B, std::nullopt);
  dedup.add(first, digest_of('1'), 9_B, std::nullopt);
  CHECK(dedup.find(digest_of('1'), 9_B)->archive == gone);
  dedup.add(first, digest_of('1'), 9_B, here);
  dedup.add(second, digest_of('1'), 9_B, there);
  dedup.add(gone, digest_of('1'), 9_B, std::nullopt);
  CHECK(dedup.find(digest_of('1'), 9_B)->archive == first);
  CHECK(dedup.find(digest_of('1'), 9_B)->location() == here);
  CHECK(dedup.holder("a", digest_of('1'), 9_B) == first);
}

TEST_CASE("content at offset 0 of a file has a location") {
  Dedup dedup(DedupScope::folder, seed);
  dedup.add(dedup.add_archive("000001-a.tar", "a"), digest_of('1'), 9_B, tar::Location{0, 0});
  CHECK(dedup.find(digest_of('1'), 9_B)->location() == tar::Location{0, 0});
}

TEST_CASE("file() returns the name of an archive") {
  Dedup dedup(DedupScope::name, seed);
  const auto a = dedup.add_archive("000001-a.tar", "a");
  const auto b = dedup.add_archive("000002-a.tar.zst", "a");
  CHECK(dedup.file(a) == "000001-a.tar");
  CHECK(dedup.file(b) == "000002-a.tar.zst");
}

TEST_CASE("content with another algorithm, digest or size is different, in every scope") {
  const auto stored = oci::Digest::parse("sha256:" + std::string(64, '1'));
  const auto last_differs = oci::Digest::parse("sha256:" + std::string(63, '1') + '2');
  const auto same_start = oci::Digest::parse("sha512:" + std::string(128, '1'));
  const auto same_half = oci::Digest::parse("sha512:" + std::string(64, '1') + std::string(64, '0'));
  for (const DedupScope scope : every_scope) {
    Dedup dedup(scope, seed);
    dedup.add(dedup.add_archive("000001-a.tar", "a"), stored, 9_B, here);
    for (const auto& [digest, size] : {std::pair(stored, 8_B), std::pair(stored, 10_B), std::pair(last_differs, 9_B),
                                       std::pair(same_start, 9_B), std::pair(same_half, 9_B)}) {
      CHECK_FALSE(dedup.holder("a", digest, size));
      CHECK_FALSE(dedup.find(digest, size));
    }
    CHECK(dedup.holder("a", stored, 9_B).has_value() == (scope != DedupScope::none));
    CHECK(dedup.find(stored, 9_B));
  }
}

TEST_CASE("sha512 digests with the same first half are different, also for scope name") {
  const auto one = oci::Digest::parse("sha512:" + std::string(64, '1') + std::string(64, '0'));
  const auto other = oci::Digest::parse("sha512:" + std::string(64, '1') + std::string(63, '0') + '1');
  Dedup dedup(DedupScope::name, seed);
  const auto a = dedup.add_archive("000001-a.tar", "a");
  const auto b = dedup.add_archive("000002-b.tar", "b");
  dedup.add(a, one, 9_B, here);
  dedup.add(b, other, 9_B, there);
  CHECK(dedup.holder("a", one, 9_B) == a);
  CHECK(dedup.holder("b", other, 9_B) == b);
  CHECK_FALSE(dedup.holder("a", other, 9_B));
  CHECK_FALSE(dedup.holder("b", one, 9_B));
}

namespace {

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

TEST_CASE("seeded_hash() agrees with the authors' vectors of SipHash-2-4") {
  constexpr HashSeed seed{0x0706050403020100, 0x0f0e0d0c0b0a0908};
  std::vector<std::byte> bytes;
  for (int i = 0; i < 64; ++i) bytes.push_back(static_cast<std::byte>(i));
  const std::pair<std::size_t, std::uint64_t> vectors[] = {{0, 0x726fdb47dd0e0e31},
                                                           {1, 0x74f839c593dc67fd},
                                                           {8, 0x93f5f5799a932462},
                                                           {15, 0xa129ca6149be45e5},
                                                           {63, 0x958a324ceb064572}};
  for (const auto& [size, hash] : vectors) CHECK(seeded_hash(seed, std::span(bytes).first(size)) == hash);
}

TEST_CASE("different seeds give different hashes") {
  const std::vector<std::byte> bytes(40);
  CHECK(seeded_hash({1, 2}, bytes) != seeded_hash({1, 3}, bytes));
  CHECK(seeded_hash({1, 2}, bytes) != seeded_hash({3, 2}, bytes));
}
