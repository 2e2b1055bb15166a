#include <doctest/doctest.h>

#include <string>

#include "serialize/mirror.hpp"

using namespace acedt;
using namespace acedt::testing;

namespace {

/// Returns digest and size of the archive that a run makes from the tag.
void expect_archive(Mirror& mirror, const std::string& tag, std::string_view sha256_hex, std::size_t size) {
  mirror.run({{"v", tag}});
  const std::string archive = read_file(mirror.archive("000001-v.tar"));
  CHECK(archive.size() == size);
  CHECK(sha256(archive).hex() == sha256_hex);
}

void push_v1(Mirror& mirror) {
  mirror.server.store().put_blob("t/v", Content::of(std::string(v1::config)));
  mirror.server.store().put_manifest("t/v", "v1", "", Content::of(std::string(v1::manifest)));
}

void push_g1(Mirror& mirror) {
  Store& store = mirror.server.store();
  store.put_blob("t/v", Content::of(std::string(g1::config)));
  store.put_blob("t/v", Content::of(std::string(g1::layer)));
  store.put_manifest("t/v", "", "", Content::of(std::string(g1::image)));
  store.put_manifest("t/v", "g1", "", Content::of(std::string(g1::root)));
}

}  // namespace

TEST_CASE("an image without layers gives the reference's archive, byte for byte") {
  for (const bool manifest_json : {false, true}) {
    Mirror mirror;
    push_v1(mirror);
    mirror.options.manifest_json = manifest_json;
    expect_archive(mirror, "v1", manifest_json ? v1::tar_sha256_with_manifest_json : v1::tar_sha256,
                   manifest_json ? v1::tar_size_with_manifest_json : v1::tar_size);
    CHECK(mirror.tracker() == "sync_name,artifact,digest\n000001-v.tar," + std::string(v1::reference) + "," +
                                  std::string(v1::manifest_digest) + "\n");
  }
}

TEST_CASE("a gather artifact gives the reference's archive, byte for byte") {
  for (const bool manifest_json : {false, true}) {
    Mirror mirror;
    push_g1(mirror);
    mirror.options.manifest_json = manifest_json;
    expect_archive(mirror, "g1", manifest_json ? g1::tar_sha256_with_manifest_json : g1::tar_sha256,
                   manifest_json ? g1::tar_size_with_manifest_json : g1::tar_size);
  }
}
