#include "acedt/codec/hasher.hpp"

#include "acedt/base/text.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace acedt;
using oci::Algorithm;

namespace {

// FIPS 180-4 examples.
const std::string abc_sha256 = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const std::string abc_sha512 =
    "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";

}  // namespace

TEST_CASE("digests agree with the examples of FIPS 180-4") {
  CHECK(codec::digest_of(Algorithm::sha256, as_bytes("abc")).text() == abc_sha256);
  CHECK(codec::digest_of(Algorithm::sha512, as_bytes("abc")).text() == abc_sha512);
  CHECK(codec::digest_of(Algorithm::sha256, {}).text() ==
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("a digest does not depend on how its bytes are split") {
  const std::string text(1000, 'x');
  const oci::Digest whole = codec::digest_of(Algorithm::sha256, as_bytes(text));
  codec::Hasher hasher(Algorithm::sha256);
  for (const std::size_t piece : {1U, 63U, 64U, 65U, 999U}) {
    for (std::size_t at = 0; at < text.size(); at += piece)
      hasher.update(as_bytes(text).subspan(at).first(std::min(piece, text.size() - at)));
    CHECK(hasher.finish() == whole);
  }
}

TEST_CASE("a hasher starts over after finish() and reset(), and can be moved") {
  codec::Hasher hasher(Algorithm::sha512);
  hasher.update(as_bytes("something else"));
  hasher.reset();
  hasher.update(as_bytes("a"));
  codec::Hasher moved(std::move(hasher));
  moved.update(as_bytes("bc"));
  CHECK(moved.finish().text() == abc_sha512);

  moved = codec::Hasher(Algorithm::sha256);
  moved.update(as_bytes("abc"));
  CHECK(moved.finish().text() == abc_sha256);
  moved.update(as_bytes("abc"));
  CHECK(moved.finish().text() == abc_sha256);
}
