#include "acedt/plan/dedup.hpp"

#include <doctest/doctest.h>

#include "plan/content.hpp"

using namespace acedt;
using plan::Dedup;
using plan::DedupScope;
using testing::digest_of;

namespace {

const auto every_scope = {DedupScope::folder, DedupScope::name, DedupScope::none};
constexpr tar::Place here{4096, 512};
constexpr tar::Place there{8192, 0};

}  // namespace

TEST_CASE("with scope folder, any archive's blob need not be stored again") {
  Dedup dedup(DedupScope::folder);
  const auto a = dedup.add_archive("000001-a.tar", "a");
  dedup.add(a, digest_of('1'), here);
  CHECK(dedup.holder("a", digest_of('1')) == a);
  CHECK(dedup.holder("b", digest_of('1')) == a);
  CHECK_FALSE(dedup.holder("a", digest_of('2')));
}

TEST_CASE("with scope name, only a blob of an archive of the same name need not be stored again") {
  Dedup dedup(DedupScope::name);
  const auto a = dedup.add_archive("000001-a.tar", "a");
  const auto b = dedup.add_archive("000002-b.tar", "b");
  const auto newer_a = dedup.add_archive("000003-a.tar", "a");
  dedup.add(a, digest_of('1'), here);
  dedup.add(b, digest_of('2'), here);
  dedup.add(newer_a, digest_of('3'), std::nullopt);
  CHECK(dedup.holder("a", digest_of('1')) == a);
  CHECK(dedup.holder("a", digest_of('3')) == newer_a);
  CHECK(dedup.holder("b", digest_of('2')) == b);
  CHECK_FALSE(dedup.holder("a", digest_of('2')));
  CHECK_FALSE(dedup.holder("b", digest_of('1')));
  CHECK_FALSE(dedup.holder("c", digest_of('1')));
}

TEST_CASE("with scope name, the first archive of a name that has a blob is its holder, whatever others have it") {
  Dedup dedup(DedupScope::name);
  const auto b = dedup.add_archive("000001-b.tar", "b");
  const auto a = dedup.add_archive("000002-a.tar", "a");
  const auto newer_a = dedup.add_archive("000003-a.tar", "a");
  for (const auto archive : {b, a, newer_a}) dedup.add(archive, digest_of('1'), here);
  CHECK(dedup.holder("a", digest_of('1')) == a);
  CHECK(dedup.holder("b", digest_of('1')) == b);
}

TEST_CASE("with scope none, every blob is stored again") {
  Dedup dedup(DedupScope::none);
  dedup.add(dedup.add_archive("000001-a.tar", "a"), digest_of('1'), here);
  CHECK_FALSE(dedup.holder("a", digest_of('1')));
  CHECK_FALSE(dedup.holder("b", digest_of('1')));
}

TEST_CASE("in every scope a blob can be taken from the archive that has it") {
  for (const DedupScope scope : every_scope) {
    Dedup dedup(scope);
    CHECK_FALSE(dedup.find(digest_of('1')));
    const auto a = dedup.add_archive("000001-a.tar", "a");
    dedup.add(a, digest_of('1'), here);
    const auto found = dedup.find(digest_of('1'));
    REQUIRE(found);
    CHECK(found->archive == a);
    CHECK(found->place == here);
    CHECK_FALSE(dedup.find(digest_of('2')));
  }
}

TEST_CASE("a blob has no place until its archive is written") {
  for (const DedupScope scope : every_scope) {
    Dedup dedup(scope);
    const auto a = dedup.add_archive("000001-a.tar", "a");
    dedup.add(a, digest_of('1'), std::nullopt);
    REQUIRE(dedup.find(digest_of('1')));
    CHECK_FALSE(dedup.find(digest_of('1'))->place);
    dedup.add(a, digest_of('1'), here);
    CHECK(dedup.find(digest_of('1'))->place == here);
  }
}

TEST_CASE("an archive with a place is preferred to one without, else the first counts") {
  Dedup dedup(DedupScope::folder);
  const auto gone = dedup.add_archive("000001-a.tar", "a");
  const auto first = dedup.add_archive("000002-b.tar", "b");
  const auto second = dedup.add_archive("000003-c.tar", "c");
  dedup.add(gone, digest_of('1'), std::nullopt);
  dedup.add(first, digest_of('1'), std::nullopt);
  CHECK(dedup.find(digest_of('1'))->archive == gone);
  dedup.add(first, digest_of('1'), here);
  dedup.add(second, digest_of('1'), there);
  dedup.add(gone, digest_of('1'), std::nullopt);
  CHECK(dedup.find(digest_of('1'))->archive == first);
  CHECK(dedup.find(digest_of('1'))->place == here);
  CHECK(dedup.holder("a", digest_of('1')) == first);
}

TEST_CASE("content at the very start of a file has a place") {
  Dedup dedup(DedupScope::folder);
  dedup.add(dedup.add_archive("000001-a.tar", "a"), digest_of('1'), tar::Place{0, 0});
  CHECK(dedup.find(digest_of('1'))->place == tar::Place{0, 0});
}

TEST_CASE("archives are known by their file names") {
  Dedup dedup(DedupScope::name);
  const auto a = dedup.add_archive("000001-a.tar", "a");
  const auto b = dedup.add_archive("000002-a.tar.zst", "a");
  CHECK(dedup.file(a) == "000001-a.tar");
  CHECK(dedup.file(b) == "000002-a.tar.zst");
}
