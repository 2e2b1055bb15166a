#include "acedt/archive/contents.hpp"

#include "acedt/archive/compressor.hpp"
#include "acedt/base/text.hpp"
#include "support/archive.hpp"
#include "support/failure.hpp"
#include "support/scratch.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <vector>

using namespace acedt;
using archive::Contents;
using archive::read_contents;
using codec::Compression;
using testing::blob_entry;
using testing::entry;
using testing::read_from;
using testing::sha256;
using testing::some_bytes;
using testing::tar_end;

namespace {

using Texts = std::vector<std::string>;

const std::string first = "hello layer";
const std::string second = some_bytes(3000);
const std::string large = some_bytes(700'000);

std::string whole_tar() {
  return entry("oci-layout", "{}") + entry("index.json", "early") + tar::directory_header("blobs") +
         tar::directory_header("blobs/sha256") + blob_entry(first) + blob_entry(large) + blob_entry("") +
         blob_entry(second) + entry("index.json", "late") + tar_end;
}

std::string compressed(Compression compression, std::string_view tar, std::size_t frame_size) {
  codec::FrameEncoder encoder(compression, 1);
  std::string file;
  for (; !tar.empty(); tar.remove_prefix(std::min(frame_size, tar.size())))
    file += as_text(encoder.encode(as_bytes(tar.substr(0, frame_size))).value());
  return file;
}

Contents contents_of(std::string_view file, const std::string& name = "a") {
  const testing::Scratch scratch;
  return read_contents(scratch.file(name, file));
}

/// Returns the blobs that `contents` locates in the file at `path`.
Texts blobs_at(const std::filesystem::path& path, const Contents& contents) {
  Texts texts;
  for (const archive::Found& found : contents.blobs) texts.push_back(read_from(path, found.location, found.size.count));
  return texts;
}

}  // namespace

TEST_CASE("the contents of an archive are found by its headers") {
  const testing::Scratch scratch;
  const auto path = scratch.file("a.tar", whole_tar());
  const Contents contents = read_contents(path);
  CHECK(contents.problems.empty());
  CHECK(contents.warnings.empty());
  CHECK(contents.compression == Compression::none);
  CHECK_FALSE(contents.is_framed);
  CHECK(contents.oci_layout == "{}");
  CHECK(contents.first_index == "early");
  CHECK(contents.index_json == "late");
  CHECK(contents.size.count == whole_tar().size());
  CHECK(blobs_at(path, contents) == Texts{first, large, "", second});
}

TEST_CASE("a blob of a compressed archive is located at the start of its frame") {
  const std::string tar = whole_tar();
  for (const Compression compression : {Compression::gzip, Compression::zstd}) {
    for (const std::size_t frame_size : {512UL, 1000UL, 4096UL, 300'000UL, 10'000'000UL}) {
      const testing::Scratch scratch;
      const auto path = scratch.file("a", compressed(compression, tar, frame_size));
      const Contents contents = read_contents(path);
      CAPTURE(frame_size);
      CHECK(contents.problems.empty());
      CHECK(contents.is_framed);
      CHECK(contents.index_json == "late");
      CHECK(blobs_at(path, contents) == Texts{first, large, "", second});
      for (const archive::Found& found : contents.blobs) CHECK(found.location.skip < frame_size);
    }
  }
}

TEST_CASE("a truncated plain archive is a problem, and so is one that is too short for an entry") {
  const std::string tar = whole_tar();
  for (const std::size_t cut : {std::size_t{0}, std::size_t{100}, tar.find(large) + 10, tar.size() - 1024}) {
    const Contents contents = contents_of(tar.substr(0, cut));
    CAPTURE(cut);
    REQUIRE(contents.problems.size() == 1);
    CHECK(contents.problems.front().starts_with("truncated"));
    CHECK(contents.blobs.size() == (cut < tar.find(large) ? 0 : cut < tar.size() - 1024 ? 1 : 4));
  }
}

TEST_CASE("a compressed archive that is cut is a problem, and complete blobs before count") {
  for (const Compression compression : {Compression::gzip, Compression::zstd}) {
    const std::string file = compressed(compression, whole_tar(), 4096);
    for (const std::size_t cut : {std::size_t{1}, std::size_t{100}, file.size() / 2, file.size() - 5}) {
      const Contents contents = contents_of(file.substr(0, cut));
      CAPTURE(cut);
      CHECK(contents.problems.size() == 1);
      CHECK(contents.blobs.size() <= 4);
    }
  }
}

TEST_CASE("damage in a frame ends the reading, and the blobs before it count") {
  for (const Compression compression : {Compression::gzip, Compression::zstd}) {
    const std::string before = compressed(compression, blob_entry(first), 100'000);
    std::string damaged = compressed(compression, blob_entry(second), 100'000);
    damaged[damaged.size() - 3] ^= 1;
    const Contents contents = contents_of(before + damaged + compressed(compression, tar_end, 100'000));
    REQUIRE(contents.problems.size() == 1);
    CHECK(contents.problems.front().starts_with("cannot be decoded: "));
    CHECK(contents.blobs.front().digest == sha256(first));
  }
}

TEST_CASE("a frame of more than 8 MiB is not framed, and is located all the same") {
  const std::string huge(9 << 20, 'x');
  const std::string tar = blob_entry(huge) + blob_entry(first) + tar_end;
  const testing::Scratch scratch;
  const auto path = scratch.file("a", compressed(Compression::zstd, tar, 20 << 20));
  const Contents contents = read_contents(path);
  CHECK_FALSE(contents.is_framed);
  CHECK(blobs_at(path, contents) == Texts{huge, first});
}

TEST_CASE("a zstd file may begin with a skippable frame, with a warning") {
  const std::string skippable("\x50\x2a\x4d\x18\x03\0\0\0abc", 11);
  const testing::Scratch scratch;
  const auto path = scratch.file("a", skippable + compressed(Compression::zstd, whole_tar(), 1000));
  const Contents contents = read_contents(path);
  CHECK(contents.problems.empty());
  CHECK(contents.warnings.size() == 1);
  CHECK(blobs_at(path, contents) == Texts{first, large, "", second});
}

TEST_CASE("bytes after the end-of-archive marker are noted, zeros are not") {
  for (const Compression compression : {Compression::none, Compression::gzip, Compression::zstd}) {
    const auto packed = [&](const std::string& tar) {
      return compression == Compression::none ? tar : compressed(compression, tar, 1000);
    };
    CHECK(contents_of(packed(whole_tar() + std::string(20'000, '\0'))).after_end.count == 0);
    const Contents more = contents_of(packed(whole_tar() + std::string(20'000, '\0') + "x"));
    CHECK(more.after_end.count > 0);
    CHECK(more.problems.empty());
    CHECK(more.warnings.size() == 1);
  }
  CHECK(contents_of(whole_tar() + std::string(17 << 20, '\0')).after_end.count > 0);
}

TEST_CASE("unknown entries, links, and blobs that occur again are warnings") {
  std::string link = entry("blobs/sha256/" + std::string(64, 'a'), "");
  link[156] = '2';
  link.replace(148, 8, 8, ' ');
  unsigned sum = 0;
  for (const char c : link.substr(0, 512)) sum += static_cast<unsigned char>(c);
  std::array<char, 8> checksum{};
  std::snprintf(checksum.data(), checksum.size(), "%06o", sum);
  link.replace(148, 8, std::string(checksum.data(), 8));
  const Contents contents = contents_of(entry("x", "y") + link + blob_entry(first) + blob_entry(first) +
                                        entry("manifest.json", "[]") + tar_end);
  CHECK(contents.problems.empty());
  CHECK(contents.warnings == Texts{"unknown entry \"x\": ignored",
                                   "\"blobs/sha256/" + std::string(64, 'a') + "\" is a link or a device: ignored",
                                   sha256(first).blob_path() + " occurs again: only the first counts"});
  CHECK(contents.blobs.size() == 1);
}

TEST_CASE("an extension that promises another compression is a warning") {
  CHECK(contents_of(whole_tar(), "a.tar.gz").warnings == Texts{"ends in .tar.gz, but its content is of the kind .tar"});
  CHECK(contents_of(whole_tar(), "a.tar").warnings.empty());
  CHECK(contents_of(whole_tar(), "a").warnings.empty());
}

TEST_CASE("an index.json over 8 MiB is not read") {
  const Contents contents = contents_of(entry("index.json", std::string((8 << 20) + 1, ' ')) + tar_end);
  CHECK(contents.index_json.empty());
  CHECK(contents.problems.size() == 1);
}

TEST_CASE("a compressed file with more names of blobs than its size has room for is a problem") {
  std::string tar;
  for (int i = 0; i < 3000; ++i) {
    std::string hex = std::to_string(i);
    tar += entry("blobs/sha256/" + hex.insert(0, 64 - hex.size(), '0'), "");
  }
  CHECK(contents_of(tar + tar_end).blobs.size() == 3000);
  const Contents contents = contents_of(compressed(Compression::zstd, tar + tar_end, 4 << 20));
  CHECK(contents.problems == Texts{"names more blobs than fit in a file of its size"});
  CHECK(contents.blobs.size() < 3000);
}

TEST_CASE("a pipe is read as a file is, whatever portions come, and a sink gets what it wants") {
  struct Sink : archive::BlobSink {
    bool begin(const archive::Found& blob) override {
      if (blob.size.count < 100'000) texts.emplace_back();
      return blob.size.count < 100'000;
    }
    void data(std::span<const std::byte> bytes) override { texts.back() += as_text(bytes); }
    void end() override { ++ends; }
    Texts texts;
    int ends = 0;
  };
  for (const Compression compression : {Compression::none, Compression::gzip, Compression::zstd}) {
    const std::string file =
        compression == Compression::none ? whole_tar() : compressed(compression, whole_tar(), 5000);
    const testing::Scratch scratch;
    const Contents whole = read_contents(scratch.file("a", file));
    for (const std::size_t portion : {7UL, 512UL, 100'000UL}) {
      std::string_view left = file;
      Sink sink;
      const auto read = [&](std::span<std::byte> buffer) {
        const std::size_t n = std::min({portion, buffer.size(), left.size()});
        std::ranges::copy(as_bytes(left).first(n), buffer.begin());
        left.remove_prefix(n);
        return n;
      };
      const Contents contents = archive::read_stream(read, &sink);
      CHECK(contents.problems.empty());
      CHECK(contents.size.count == file.size());
      CHECK(contents.index_json == "late");
      CHECK(sink.texts == Texts{first, "", second});
      CHECK(sink.ends == 3);
      REQUIRE(contents.blobs.size() == whole.blobs.size());
      for (std::size_t i = 0; i < whole.blobs.size(); ++i) CHECK(contents.blobs[i].location == whole.blobs[i].location);
    }
  }
}

TEST_CASE("a blob is read and verified") {
  const testing::Scratch scratch;
  std::string tar = whole_tar();
  const auto path = scratch.file("a", tar);
  const archive::Found blob = read_contents(path).blobs.front();
  CHECK(archive::read_blob(path, blob) == first);
  tar[tar.find(first)] ^= 1;
  scratch.file("a", tar);
  CHECK(testing::failure(ErrorKind::corrupt, [&] { archive::read_blob(path, blob); }).starts_with("has the digest "));
}

TEST_CASE("a file that is missing is an error") {
  const testing::Scratch scratch;
  testing::failure(ErrorKind::storage, [&] { read_contents(scratch / "none"); });
}
