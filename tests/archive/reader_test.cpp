#include "acedt/archive/reader.hpp"

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "support/archive.hpp"
#include "support/failure.hpp"
#include "support/scratch.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>

using namespace acedt;
using archive::Reader;
using codec::Compression;
using testing::failure;
using testing::read_from;
using testing::some_bytes;

namespace {

std::string frame_of(Compression compression, std::string_view content) {
  codec::FrameEncoder encoder(compression, 1);
  return std::string(as_text(encoder.encode(as_bytes(content)).value()));
}

}  // namespace

TEST_CASE("the compression is detected by the first bytes, not by the name") {
  const testing::Scratch scratch;
  const std::string content = some_bytes(700'000);
  for (const char* name : {"a.tar", "a.tar.gz", "a.tar.zst", "a"}) {
    const auto plain = scratch.file(name, content);
    CHECK(Reader(plain, {}).compression() == Compression::none);
    CHECK((read_from(plain, {}) == content));
    for (const Compression compression : {Compression::gzip, Compression::zstd}) {
      const auto packed = scratch.file(name, frame_of(compression, content));
      CHECK(Reader(packed, {}).compression() == compression);
      CHECK((read_from(packed, {}) == content));
    }
  }
}

TEST_CASE("reading starts after a skip and crosses frames") {
  const testing::Scratch scratch;
  const std::string first = some_bytes(300'000, 1), second = some_bytes(600'000, 2), third = some_bytes(10, 3);
  for (const Compression compression : {Compression::gzip, Compression::zstd}) {
    const std::string a = frame_of(compression, first), b = frame_of(compression, second);
    const auto path = scratch.file("a", a + b + frame_of(compression, third));
    for (const std::uint64_t skip : {0UL, 1UL, 262'143UL, 262'144UL, 262'145UL, 599'999UL, 600'000UL, 600'009UL})
      CHECK((read_from(path, {a.size(), skip}) == (second + third).substr(skip)));
    CHECK(read_from(path, {0, 299'990}, 20) == first.substr(299'990) + second.substr(0, 10));
  }
}

TEST_CASE("reading after the end returns no bytes") {
  const testing::Scratch scratch;
  const auto plain = scratch.file("plain", "hello");
  CHECK(read_from(plain, {5, 0}).empty());
  CHECK(read_from(plain, {1'000'000, 0}).empty());
  CHECK(read_from(plain, {0, 1'000'000}).empty());
  CHECK(read_from(scratch.file("empty", ""), {}).empty());
  const auto packed = scratch.file("packed", frame_of(Compression::zstd, "hello"));
  CHECK(read_from(packed, {0, 5}).empty());
  CHECK(read_from(packed, {0, 1'000'000'000'000}).empty());
}

TEST_CASE("bytes before damage are returned, then every read fails") {
  const testing::Scratch scratch;
  for (const Compression compression : {Compression::gzip, Compression::zstd}) {
    const auto path = scratch.file("a", frame_of(compression, "hello") + "no frame at all");
    Reader reader(path, {});
    std::array<std::byte, 100> buffer;
    const std::size_t n = reader.read(buffer);
    CHECK(as_text(std::span(buffer).first(n)) == "hello");
    for (int again = 0; again < 2; ++again) failure(ErrorKind::corrupt, [&] { reader.read(buffer); });
  }
}

TEST_CASE("damage is an error of kind corrupt") {
  const testing::Scratch scratch;
  for (const Compression compression : {Compression::gzip, Compression::zstd}) {
    std::string bytes = frame_of(compression, some_bytes(100'000));
    bytes[bytes.size() / 2] ^= 0x40;
    const auto flipped = scratch.file("flipped", bytes);
    failure(ErrorKind::corrupt, [&] { read_from(flipped, {}); });
    const auto other = scratch.file("other", frame_of(compression, "hello") + "no frame at all");
    failure(ErrorKind::corrupt, [&] { read_from(other, {}); });
    const auto within = scratch.file("within", frame_of(compression, some_bytes(100'000)));
    failure(ErrorKind::corrupt, [&] { read_from(within, {5, 0}); });
  }
}

TEST_CASE("the error for a missing file names it") {
  const testing::Scratch scratch;
  const auto path = scratch / "missing.tar";
  CHECK(failure(ErrorKind::storage, [&] { Reader(path, {}); }) ==
        "open " + path.string() + ": No such file or directory");
}
