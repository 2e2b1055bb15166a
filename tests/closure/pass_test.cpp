#include "acedt/closure/pass.hpp"

#include "acedt/base/text.hpp"
#include "acedt/oci/media_type.hpp"
#include "support/archive.hpp"
#include "support/scratch.hpp"
#include "support/sha256.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace acedt;
using closure::Pass;
using testing::sha256;
using testing::tar_of;

namespace {

const std::string large(3 << 20, 'x');
const std::string huge(20 << 20, 'y');
const std::string manifest =
    R"({"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"a","digest":")" +
    sha256("small").text() + R"(","size":5},"layers":[]})";

/// Feeds an archive to `pass`. Returns the digests of the blobs with wrong bytes.
std::vector<oci::Digest> damage(Pass& pass, std::string_view tar) {
  archive::read_stream(
      [&](std::span<std::byte> buffer) {
        const std::size_t n = std::min(buffer.size(), tar.size());
        std::ranges::copy(as_bytes(tar).first(n), buffer.begin());
        tar.remove_prefix(n);
        return n;
      },
      &pass);
  std::vector<oci::Digest> digests;
  for (const closure::Fault& fault : pass.finish()) digests.push_back(*fault.digest);
  return digests;
}

}  // namespace

TEST_CASE("a pass over whole blobs of all sizes finds nothing") {
  Pass pass(true);
  CHECK(damage(pass, tar_of({"small", "", large, manifest, huge, large + "z"})).empty());
  const auto links = pass.links(sha256(manifest), oci::media_type::oci_manifest);
  REQUIRE(links);
  CHECK(links->front().digest == sha256("small"));
  CHECK_FALSE(pass.links(sha256(manifest), oci::media_type::oci_index));
  CHECK_FALSE(pass.links(sha256("small"), oci::media_type::oci_manifest));
}

TEST_CASE("wrong bytes are found in every blob that has them, small or large") {
  Pass pass(true);
  auto wanted = std::vector{sha256("small"), sha256(large), sha256(huge)};
  std::ranges::sort(wanted);
  CHECK(damage(pass, tar_of({huge, "small", manifest, large}, {huge, "small", large})) == wanted);
}

TEST_CASE("a quick pass reads only manifests") {
  Pass pass(false);
  CHECK(damage(pass, tar_of({large, manifest}, {large, manifest})).empty());
  CHECK_THROWS_AS(pass.links(sha256(manifest), oci::media_type::oci_manifest), Error);
}

TEST_CASE("a pass may end in the middle of a blob") {
  Pass pass(true);
  const std::string tar = tar_of({large, huge});
  CHECK(damage(pass, std::string_view(tar).substr(0, tar.size() / 2)).empty());
  Pass dropped(true);
  dropped.begin({sha256(huge), {huge.size()}});
  dropped.data(as_bytes(huge).first(100'000));
}
