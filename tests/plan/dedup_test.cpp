#include "acedt/plan/dedup.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>

#include "plan/content.hpp"

using namespace acedt;
using plan::Dedup;
using plan::DedupScope;
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
