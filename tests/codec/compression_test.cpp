#include "acedt/codec/compression.hpp"

#include "acedt/base/text.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace acedt;
using codec::Compression;
using namespace std::literals;

TEST_CASE("the extension of an archive shows its compression") {
  CHECK(codec::extension(Compression::none) == ".tar");
  CHECK(codec::extension(Compression::gzip) == ".tar.gz");
  CHECK(codec::extension(Compression::zstd) == ".tar.zst");
}

TEST_CASE("sniff() knows a format by its first bytes") {
  CHECK(codec::sniff(as_bytes("\x28\xb5\x2f\xfd\x04")) == Compression::zstd);
  CHECK(codec::sniff(as_bytes("\x5f\x2a\x4d\x18")) == Compression::zstd);  // a skippable frame
  CHECK(codec::sniff(as_bytes("\x1f\x8b\x08")) == Compression::gzip);
  for (const auto& plain : {""s, "\x1f"s, "\x28\xb5\x2f"s, "oci-layout"s, "\xfd\x37\x7aXZ"s, std::string(512, '\0')})
    CHECK(codec::sniff(as_bytes(plain)) == Compression::none);
}
