#include "acedt/base/error.hpp"
#include "codec/support.hpp"

#include <doctest/doctest.h>

#include <array>
#include <set>
#include <string>

using namespace acedt;
using codec::Compression;
using codec::FrameEncoder;
using testing::decoded;
using testing::frame;
using testing::noise;
using testing::prose;
using namespace std::literals;

namespace {

/// Frames of a few hundred bytes, and their ends.
struct Stream {
  explicit Stream(Compression kind) {
    FrameEncoder encoder(kind, 6);
    for (const std::string& piece : {prose(700), ""s, noise(100), "x"s}) {
      content += piece;
      bytes += frame(encoder, piece);
      ends.insert(bytes.size());
    }
  }

  std::string content;
  std::string bytes;
  std::set<std::size_t> ends = {0};
};

const auto both = {Compression::gzip, Compression::zstd};

}  // namespace

TEST_CASE("a stream decodes to the same bytes whatever the sizes of input and output") {
  for (const Compression compression : both) {
    const Stream stream(compression);
    for (const std::size_t in : {1U, 2U, 7U, 100000U}) {
      for (const std::size_t out : {1U, 3U, 64U, 100000U}) {
        const auto result = decoded(compression, stream.bytes, in, out);
        CHECK(result.text == stream.content);
        CHECK(result.at_boundary);
      }
    }
  }
}

TEST_CASE("plain bytes pass unchanged") {
  CHECK(decoded(Compression::none, "hello", 2, 3).text == "hello");
  CHECK(decoded(Compression::none, "hello").at_boundary);
}

TEST_CASE("a cut stream needs more input, and only between frames may it end") {
  for (const Compression compression : both) {
    const Stream stream(compression);
    for (std::size_t n = 0; n <= stream.bytes.size(); ++n) {
      const auto result = decoded(compression, std::string_view(stream.bytes).substr(0, n));
      CAPTURE(n);
      REQUIRE(stream.content.starts_with(result.text));
      REQUIRE(result.at_boundary == stream.ends.contains(n));
    }
  }
}

TEST_CASE("decoding without input is not an error, however often") {
  for (const Compression compression : both) {
    const Stream stream(compression);
    codec::Decoder decoder(compression);
    std::array<std::byte, 2000> out{};
    std::string text;
    for (const char c : stream.bytes) {
      for (int again = 0; again < 40; ++again) CHECK(decoder.decode({}, out).consumed == 0);
      const auto progress = decoder.decode(as_bytes({&c, 1}), out);
      CHECK(progress.consumed == 1);
      text += as_text(std::span(out).first(progress.produced));
    }
    CHECK(text == stream.content);
  }
}

TEST_CASE("a changed bit never yields other content") {
  for (const Compression compression : both) {
    const Stream stream(compression);
    int refused = 0;
    for (std::size_t bit = 0; bit < 8 * stream.bytes.size(); ++bit) {
      std::string changed = stream.bytes;
      changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
      CAPTURE(bit);
      try {
        const auto result = decoded(compression, changed);
        REQUIRE((!result.at_boundary || result.text == stream.content));
      } catch (const Error& error) {
        REQUIRE(error.kind() == ErrorKind::corrupt);
        ++refused;
      }
    }
    CHECK(refused > 6 * static_cast<int>(stream.bytes.size()));
  }
}

TEST_CASE("zeros after the last frame are skipped, other bytes are refused") {
  for (const Compression compression : both) {
    const Stream stream(compression);
    for (const std::size_t in : {1U, 100000U}) {
      const auto result = decoded(compression, stream.bytes + std::string(1000, '\0'), in);
      CHECK(result.text == stream.content);
      CHECK(result.at_boundary);
      CHECK_THROWS_AS(decoded(compression, stream.bytes + "\0\0x"s, in), Error);
      CHECK_THROWS_AS(decoded(compression, stream.bytes + "\0"s + stream.bytes, in), Error);
      CHECK_THROWS_AS(decoded(compression, stream.bytes + "xx", in), Error);
      CHECK_THROWS_AS(decoded(compression, "\0"s + stream.bytes, in), Error);
    }
  }
}

TEST_CASE("invalid input is refused as corrupt") {
  const std::string zstd = "\x28\xb5\x2f\xfd";
  struct Row {
    Compression compression;
    std::string bytes;
  };
  for (const Row& row : {
           Row{Compression::gzip, "hello"},
           Row{Compression::gzip, "\x1f\x8c"},
           Row{Compression::gzip, "\x1f\x8b\x07\0\0\0\0\0\0\xff"s},                          // another method
           Row{Compression::gzip, "\x1f\x8b\x08\xe0\0\0\0\0\0\xff"s},                        // reserved flags
           Row{Compression::gzip, "\x1f\x8b\x08\0\0\0\0\0\0\xff\x07"s},                      // block type 3
           Row{Compression::gzip, "\x1f\x8b\x08\0\0\0\0\0\0\xff\x01\x01\0\0\0x"s},           // length and complement
           Row{Compression::gzip, "\x1f\x8b\x08\0\0\0\0\0\0\xff\x03\0\x01\0\0\0\0\0\0\0"s},  // CRC
           Row{Compression::gzip, "\x1f\x8b\x08\0\0\0\0\0\0\xff\x03\0\0\0\0\0\x01\0\0\0"s},  // size
           Row{Compression::gzip, "\x78\x9c\x03\0\0\0\0\x01"s},                              // zlib
           Row{Compression::gzip, zstd + "\0\x58\x01\0\0"s},
           Row{Compression::zstd, "hello"},
           Row{Compression::zstd, "\x28\xb5\x2f\xfe"},
           Row{Compression::zstd, "\x27\xb5\x2f\xfd"},                  // zstd 0.7
           Row{Compression::zstd, "\x1e\xb5\x2f\xfd\0\0\0\0\0"s},       // zstd 0.1
           Row{Compression::zstd, "\x1f\x8b\x08\0\0\0\0\0\0\xff"s},     // gzip
           Row{Compression::zstd, "\x50\x2a\x4d\x19\0\0\0\0"s},         // nearly a skippable frame
           Row{Compression::zstd, zstd + "\x08\x58\x01\0\0"s},          // reserved bit
           Row{Compression::zstd, zstd + "\0\x58\x07\0\0"s},            // block type 3
           Row{Compression::zstd, zstd + "\0\0\x09\x20\0"s},            // block over the window
           Row{Compression::zstd, zstd + "\x01\x58\x2a\x01\0\0"s},      // needs dictionary 42
           Row{Compression::zstd, zstd + "\x20\x05\x09\0\0x"s},         // 1 byte of content, 5 declared
           Row{Compression::zstd, zstd + "\x04\x58\x01\0\0\0\0\0\0"s},  // checksum
       }) {
    for (const std::size_t in : {1U, 1000U}) {
      CAPTURE(to_hex(as_bytes(row.bytes)));
      try {
        decoded(row.compression, row.bytes, in);
        FAIL("accepted");
      } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::corrupt);
        CHECK(std::string_view(error.what()).starts_with(row.compression == Compression::gzip ? "gzip: " : "zstd: "));
      }
    }
  }
}

TEST_CASE("a zstd window of 512 MiB is accepted, a larger one is refused") {
  const std::string head = "\x28\xb5\x2f\xfd\0"s;
  const std::string hello = "\x29\0\0hello"s;  // the last block, raw
  CHECK(decoded(Compression::zstd, head + "\x98" + hello).text == "hello");
  try {
    decoded(Compression::zstd, head + "\xa0" + hello);
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::corrupt);
    CHECK(error.hint().find("512 MiB") != std::string::npos);
  }
}

TEST_CASE("skippable zstd frames are skipped, and gzip members may have names") {
  const std::string zstd = "\x28\xb5\x2f\xfd\0\x58\x29\0\0hello"s;
  const std::string skippable = "\x5f\x2a\x4d\x18\x03\0\0\0abc"s;
  const auto result = decoded(Compression::zstd, skippable + zstd + skippable, 1);
  CHECK(result.text == "hello");
  CHECK(result.at_boundary);
  CHECK(!decoded(Compression::zstd, zstd + skippable.substr(0, 9)).at_boundary);

  const std::string gzip =
      "\x1f\x8b\x08\x08\0\0\0\0\0\xff"
      "a.tar\0\x03\0\0\0\0\0\0\0\0\0"s;
  CHECK(decoded(Compression::gzip, gzip + gzip, 1).at_boundary);
}

TEST_CASE("a decoder can be moved in the middle of a stream") {
  for (const Compression compression : both) {
    const Stream stream(compression);
    std::array<std::byte, 2000> out{};
    codec::Decoder first(compression);
    const auto begin = first.decode(as_bytes(stream.bytes).first(50), out);
    codec::Decoder second(std::move(first));
    std::string text(as_text(std::span(out).first(begin.produced)));
    for (std::size_t at = begin.consumed; at < stream.bytes.size();) {
      const auto progress = second.decode(as_bytes(stream.bytes).subspan(at), out);
      text += as_text(std::span(out).first(progress.produced));
      at += progress.consumed;
    }
    CHECK(text == stream.content);
  }
}
