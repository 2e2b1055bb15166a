#include "acedt/oci/digest.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "acedt/base/error.hpp"
#include "support/failure.hpp"
#include "support/vectors.hpp"

using namespace acedt;
using namespace acedt::oci;
using testing::failure;

TEST_CASE("a digest yields the text it was parsed from, and its path in an archive") {
  const Digest digest = Digest::parse(testing::g1::config_digest);
  CHECK(digest.text() == testing::g1::config_digest);
  CHECK(digest.algorithm() == Algorithm::sha256);
  CHECK(digest.raw().size() == 32);
  CHECK(digest.raw()[0] == std::byte{0x9d});
  CHECK(digest.blob_path() == "blobs/sha256/9d99a75171aea000c711b34c0e5e3f28d3d537dd99d110eafbfbc2bd8e52c2bf");
  const std::string long_hex(128, 'e');
  CHECK(Digest::parse("sha512:" + long_hex).blob_path() == "blobs/sha512/" + long_hex);
  CHECK(Digest::parse("sha512:" + long_hex).raw().size() == 64);
}

TEST_CASE("a digest of raw bytes equals the parsed one") {
  const Digest read = Digest::parse("sha256:" + std::string(64, 'a'));
  const Digest made(read.algorithm(), read.raw());
  CHECK(made == read);
  CHECK(Digest::parse("sha256:" + std::string(64, 'b')) > made);
  CHECK(Digest::parse("sha512:" + std::string(128, 'a')) != made);
}

TEST_CASE("a text that is not a complete sha256 or sha512 is refused, and named") {
  const std::string hex(64, 'a');
  for (const std::string& bad : std::vector<std::string>{std::string(),
                                                         std::string(":"),
                                                         hex,
                                                         "sha256" + hex,
                                                         "sha256:",
                                                         "sha256:" + hex.substr(1),
                                                         "sha256:" + hex + "a",
                                                         "sha256:" + std::string(64, 'A'),
                                                         "sha256:" + hex.substr(1) + "g",
                                                         "sha256: " + hex.substr(1),
                                                         "sha256:" + hex + "\n",
                                                         " sha256:" + hex,
                                                         "SHA256:" + hex,
                                                         "sha512:" + hex,
                                                         "sha512:" + std::string(127, 'a'),
                                                         "sha1:" + std::string(40, 'a'),
                                                         "md5:" + std::string(32, 'a'),
                                                         "sha256:../../../../etc/passwd",
                                                         "sha256+b64:" + hex,
                                                         ":" + hex,
                                                         "sha256::" + hex.substr(1),
                                                         "sha256:" + std::string(64, '\0')}) {
    const std::string message = failure(ErrorKind::bad_input, [&] { Digest::parse(bad); });
    CAPTURE(message);
    CHECK(message.starts_with("digest \""));
  }
  for (std::size_t n = 0; n < hex.size() + 7; ++n)
    CHECK_THROWS_AS(Digest::parse(("sha256:" + hex).substr(0, n)), Error);
}

TEST_CASE("the error for an unsupported algorithm names it") {
  for (const std::string algorithm : {"sha384", "blake3", "sha256x"})
    CHECK(failure(ErrorKind::bad_input, [&] {
            Digest::parse(algorithm + ":" + std::string(96, 'a'));
          }).ends_with("algorithm \"" + algorithm + "\" is neither sha256 nor sha512"));
}
