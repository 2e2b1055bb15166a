#include "deserialize/shards.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "acedt/base/file.hpp"
#include "acedt/base/text.hpp"
#include "acedt/codec/hasher.hpp"
#include "support/failure.hpp"
#include "support/scratch.hpp"

using namespace acedt;
using deserialize::ArchivePlan;
using deserialize::ShardResults;
using testing::failure;

namespace {

const oci::Reference destination = oci::Reference::parse("reg.example.com/sync");
const oci::Reference other_destination = oci::Reference::parse("reg.example.com/other");

oci::Digest digest_of(const std::string& text) {
  return codec::digest_of(oci::Algorithm::sha256, as_bytes(text));
}

/// Archives with 1000 blobs of up to 1 MiB; every tenth blob is one of the archive before it, too.
std::vector<ArchivePlan> plans(std::size_t archives = 10) {
  std::vector<ArchivePlan> plans;
  for (std::size_t archive = 0; archive < archives; ++archive) {
    const oci::Descriptor root{"application/vnd.oci.image.manifest.v1+json", digest_of("root"), 7_B};
    ArchivePlan plan{.file = std::to_string(archive), .path = {}, .artifact = {}, .tag = "tag", .root = root};
    plan.manifests.push_back({root});
    for (std::size_t blob = 0; blob < 100; ++blob) {
      const std::size_t number = archive * 100 + blob - (archive > 0 && blob % 10 == 0 ? 100 : 0);
      plan.blobs.push_back({{digest_of(std::to_string(number)), Bytes{number * 7919 % (1 << 20)}}});
    }
    plans.push_back(std::move(plan));
  }
  return plans;
}

/// For each digest, the shards that push it.
std::map<oci::Digest, std::vector<unsigned>> shards_of(unsigned count, std::size_t archives = 10) {
  std::map<oci::Digest, std::vector<unsigned>> shards;
  for (unsigned index = 1; index <= count; ++index) {
    std::vector<ArchivePlan> share = plans(archives);
    deserialize::keep_share(share, {index, count});
    for (const ArchivePlan& plan : share)
      for (const ArchivePlan::Blob& blob : plan.blobs) {
        std::vector<unsigned>& of = shards[blob.found.digest];
        if (of.empty() || of.back() != index) of.push_back(index);
      }
  }
  return shards;
}

}  // namespace

TEST_CASE("each digest belongs to one shard, and the shards differ by at most the largest blob") {
  std::map<oci::Digest, Bytes> sizes;
  for (const ArchivePlan& plan : plans())
    for (const ArchivePlan::Blob& blob : plan.blobs) sizes.emplace(blob.found.digest, blob.found.size);
  for (const unsigned count : {1U, 2U, 3U, 8U}) {
    std::vector<Bytes> loads(count);
    for (const auto& [digest, shards] : shards_of(count)) {
      REQUIRE(shards.size() == 1);
      loads[shards.front() - 1] += sizes.at(digest);
    }
    const auto [least, most] = std::ranges::minmax(loads);
    CHECK(most - least <= 1_MiB);
  }
}

TEST_CASE("archives that are added to a folder do not move blobs to another shard") {
  const auto before = shards_of(3, 5);
  const auto after = shards_of(3, 10);
  for (const auto& [digest, shards] : before) CHECK(after.at(digest) == shards);
}

TEST_CASE("a shard has no manifests and no tags") {
  std::vector<ArchivePlan> share = plans();
  deserialize::keep_share(share, {1, 2});
  REQUIRE(share.size() == 10);
  for (const ArchivePlan& plan : share) CHECK((plan.manifests.empty() && plan.tag.empty()));
}

TEST_CASE("results count for their destination only, and each digest once") {
  const testing::Scratch scratch;
  const ShardResults results(scratch.path() / "a/b", destination);
  CHECK(results.read().blobs.empty());
  results.write({1, 2}, {digest_of("b"), digest_of("a"), digest_of("a")});
  results.write({2, 2}, {digest_of("c"), digest_of("a")});
  ShardResults(scratch.path() / "a/b", other_destination).write({1, 3}, {digest_of("d")});
  const ShardResults::Found found = results.read();
  std::vector<oci::Digest> wanted = {digest_of("a"), digest_of("b"), digest_of("c")};
  std::ranges::sort(wanted);
  CHECK(found.blobs == wanted);
  CHECK(found.files.size() == 2);
  CHECK(found.warnings.empty());
}

TEST_CASE("a shard replaces its result, whose text depends only on what it says") {
  const testing::Scratch scratch;
  const ShardResults results(scratch.path(), destination);
  results.write({3, 8}, {digest_of("a"), digest_of("b")});
  results.write({3, 8}, {});
  CHECK(read_file(scratch.path() / "shard-3-of-8.json") ==
        "{\n  \"version\": 1,\n  \"destination\": \"reg.example.com/sync\",\n  \"shard\": \"3/8\",\n  \"blobs\": "
        "[]\n}\n");
  CHECK(results.read().blobs.empty());
}

TEST_CASE("a file that is not a result is ignored with a warning, as is one that a crash left") {
  const testing::Scratch scratch;
  const std::string head = "{\"version\": 1, \"destination\": \"reg.example.com/sync\", ";
  const std::vector<std::string> texts = {"",
                                          "[]",
                                          "{\"version\": 1}",
                                          "{\"version\": 2, \"destination\": \"reg.example.com/sync\", \"blobs\": []}",
                                          head + "\"blobs\": 1}",
                                          head + "\"blobs\": [1]}",
                                          head + "\"blobs\": [\"sha256:short\"]}"};
  for (std::size_t i = 0; i < texts.size(); ++i) scratch.file("shard-" + std::to_string(i) + "-of-9.json", texts[i]);
  scratch.file("shard-1-of-2.json.new", "{");
  scratch.file("journal.csv", "");
  const ShardResults::Found found = ShardResults(scratch.path(), destination).read();
  CHECK(found.warnings.size() == texts.size());
  CHECK(found.files.empty());
  CHECK(found.blobs.empty());
}

TEST_CASE("a result that cannot be written is an error") {
  const testing::Scratch scratch;
  scratch.file("a", "");
  const ShardResults results(scratch.path() / "a/b", destination);
  CHECK(failure(ErrorKind::storage, [&] { results.write({1, 2}, {}); }) != "");
}

TEST_CASE("exactly the blobs that shards have pushed are marked") {
  std::vector<ArchivePlan> all = plans(2);
  std::vector<oci::Digest> pushed;
  for (std::size_t i = 0; i < 50; ++i) pushed.push_back(all[0].blobs[i].found.digest);
  std::ranges::sort(pushed);
  deserialize::mark_vouched(all, pushed);
  for (std::size_t i = 0; i < 100; ++i) CHECK(all[0].blobs[i].is_vouched == (i < 50));
  for (std::size_t i = 0; i < 100; ++i) CHECK(all[1].blobs[i].is_vouched == (i % 10 == 0 && i < 50));
}
