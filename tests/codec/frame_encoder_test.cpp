#include "acedt/base/error.hpp"

#include "codec/support.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace acedt;
using codec::Compression;
using codec::FrameEncoder;
using testing::decoded;
using testing::frame;
using testing::noise;
using testing::prose;
using testing::stored_frame;

namespace {

constexpr std::size_t mib = 1 << 20;
const auto both = {Compression::gzip, Compression::zstd};

FrameEncoder usual(Compression compression) {
  return {compression, codec::level_range(compression).default_level};
}

}  // namespace

TEST_CASE("frames decode to their content, one by one and concatenated") {
  for (const Compression compression : both) {
    FrameEncoder encoder = usual(compression);
    std::string stream, content;
    for (const std::size_t size : {0UL, 1UL, 511UL, 512UL, mib + 3, 0UL, 262143UL, 262144UL, 393217UL}) {
      for (const std::string& piece : {prose(size), noise(size), std::string(size, '\0')}) {
        const bool is_compressed = encoder.encode(as_bytes(piece)).has_value();
        const std::string one = is_compressed ? frame(encoder, piece) : stored_frame(compression, piece);
        CAPTURE(size);
        const auto result = decoded(compression, one);
        CHECK(result.text == piece);
        CHECK(result.at_boundary);
        stream += one;
        content += piece;
      }
    }
    const auto result = decoded(compression, stream);
    CHECK(result.text == content);
    CHECK(result.at_boundary);
  }
}

TEST_CASE("frames of every level can be decoded") {
  const std::string content = prose(100'000);
  for (const Compression compression : both) {
    const codec::LevelRange range = codec::level_range(compression);
    CHECK(range.min <= range.default_level);
    CHECK(range.default_level <= range.max);
    for (int level = range.min; level <= range.max; ++level) {
      FrameEncoder encoder(compression, level);
      const std::string one = frame(encoder, content);
      CHECK(one.size() < content.size() / 2);
      CHECK(decoded(compression, one).text == content);
    }
  }
}

TEST_CASE("the same content gives the same frame, whatever was compressed before") {
  for (const Compression compression : both) {
    FrameEncoder used = usual(compression);
    for (unsigned i = 0; i < 6; ++i) {
      const std::string content = prose(mib / (i + 1), i);
      used.encode(as_bytes(noise(mib, i)));
      FrameEncoder fresh = usual(compression);
      const std::string want = frame(fresh, content);
      CHECK(frame(used, content) == want);
      CHECK(frame(used, content) == want);
    }
  }
}

TEST_CASE("a zstd frame has the size and a checksum of its content") {
  FrameEncoder encoder = usual(Compression::zstd);
  const std::string one = frame(encoder, prose(mib));
  CHECK(one.starts_with("\x28\xb5\x2f\xfd"));
  CHECK((one[4] & 0xc4) == 0x84);  // a content size of 4 bytes, and a checksum (RFC 8878 section 3.1.1.1.1)
}

TEST_CASE("a gzip member has neither a name nor a time") {
  FrameEncoder encoder = usual(Compression::gzip);
  for (const std::string& one : {frame(encoder, prose(mib)), stored_frame(Compression::gzip, noise(mib))}) {
    CHECK(one.starts_with(std::string("\x1f\x8b\x08\0\0\0\0\0", 8)));
    CHECK(one[9] == '\xff');
  }
}

TEST_CASE("a stored frame contains its content verbatim and little else") {
  for (const Compression compression : both) {
    for (const std::size_t size : {std::size_t{1}, std::size_t{65535}, std::size_t{65536}, 128 * 1024 + 1UL, 4 * mib}) {
      const std::string content = noise(size);
      const std::string one = stored_frame(compression, content);
      CAPTURE(size);
      CHECK(one.find(content.substr(0, 60'000)) < 32);
      CHECK(one.size() - content.size() < 32 + content.size() / 10'000);
      CHECK(codec::StoredFrame(compression, as_bytes(content)).size() == Bytes{one.size()});
      const auto result = decoded(compression, one);
      CHECK((result.text == content));
      CHECK(result.at_boundary);
    }
  }
}

TEST_CASE("a reader checks the CRC of a stored gzip member") {
  std::string one = stored_frame(Compression::gzip, noise(mib));
  one[one.size() / 2] ^= 1;
  CHECK_THROWS_AS(decoded(Compression::gzip, one), Error);
}

TEST_CASE("a little text among noise is compressed, wherever it is") {
  for (const Compression compression : both) {
    FrameEncoder encoder(compression, 6);
    for (std::size_t at = 0; at < 32; ++at) {
      std::string content = noise(mib);
      const std::string text = prose(20 * 1024);
      content.replace(at * (content.size() - text.size()) / 31, text.size(), text);
      CAPTURE(at);
      CHECK(encoder.encode(as_bytes(content)));
    }
  }
}

TEST_CASE("compressed content is stored, with or without a tar header before it") {
  const std::string header = "blobs" + std::string(507, '\0');
  for (const Compression compression : both) {
    FrameEncoder encoder = usual(compression);
    for (std::size_t at = 0; at < 8; ++at) {
      const std::string before = noise(at * 512);
      const std::string content = before + header + noise(mib);
      CHECK(!encoder.encode(as_bytes(content)));
    }
  }
}

TEST_CASE("an encoder can be moved") {
  FrameEncoder first = usual(Compression::zstd);
  const std::string want = frame(first, "hello");
  FrameEncoder second = std::move(first);
  CHECK(frame(second, "hello") == want);
}
