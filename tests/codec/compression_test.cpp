#include "acedt/codec/compression.hpp"

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace acedt;
using codec::Compression;
using namespace std::literals;

TEST_CASE("--compression takes zstd, gzip and none, and names them where it got something else") {
  CHECK(codec::parse_compression("zstd") == Compression::zstd);
  CHECK(codec::parse_compression("gzip") == Compression::gzip);
  CHECK(codec::parse_compression("none") == Compression::none);
  for (const auto bad : {"", "None", "ZSTD", "zst", "gz", "zstd ", "lz4\n"})
    CHECK_THROWS_AS(codec::parse_compression(bad), Error);
  CHECK_THROWS_WITH(codec::parse_compression("lz4"), "compression \"lz4\": want zstd, gzip or none");
}

TEST_CASE("an archive's extension says how it is compressed") {
  CHECK(codec::extension(Compression::none) == ".tar");
  CHECK(codec::extension(Compression::gzip) == ".tar.gz");
  CHECK(codec::extension(Compression::zstd) == ".tar.zst");
}

TEST_CASE("a format is known by its first bytes") {
  CHECK(codec::sniff(as_bytes("\x28\xb5\x2f\xfd\x04")) == Compression::zstd);
  CHECK(codec::sniff(as_bytes("\x1f\x8b\x08")) == Compression::gzip);
  for (const auto& plain : {""s, "\x1f"s, "\x28\xb5\x2f"s, "oci-layout"s, "\xfd\x37\x7aXZ"s, std::string(512, '\0')})
    CHECK(codec::sniff(as_bytes(plain)) == Compression::none);
}
