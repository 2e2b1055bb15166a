#include "acedt/archive/scan.hpp"

#include "acedt/archive/compressor.hpp"
#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "support/archive.hpp"
#include "support/failure.hpp"
#include "support/run.hpp"
#include "support/scratch.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <string>
#include <vector>

using namespace acedt;
using archive::scan;
using archive::Scan;
using codec::Compression;
using testing::blob_entry;
using testing::entry;
using testing::read_from;
using testing::sha256;
using testing::sha512;
using testing::some_bytes;
using testing::tar_end;

namespace {

using Texts = std::vector<std::string>;

const std::string first = "hello layer";
const std::string second = some_bytes(3000);

/// Returns a valid archive with these two blobs.
std::string whole_tar() {
  return entry("oci-layout", "{}") + tar::directory_header("blobs") + tar::directory_header("blobs/sha256") +
         blob_entry(first) + blob_entry(second) + entry("index.json", "{}") + tar_end;
}

std::string compressed(Compression compression, std::string_view tar, std::size_t frame_size) {
  codec::FrameEncoder encoder(compression, 1);
  std::string file;
  for (; !tar.empty(); tar.remove_prefix(std::min(frame_size, tar.size())))
    file += as_text(encoder.encode(as_bytes(tar.substr(0, frame_size))).value());
  return file;
}

Scan scan_of(std::string_view file) {
  const testing::Scratch scratch;
  return scan(scratch.file("a", file));
}

/// Returns the contents that were found, read at their locations; checks their digests.
Texts contents_in(std::string_view file) {
  const testing::Scratch scratch;
  const auto path = scratch.file("a", file);
  Texts texts;
  for (const archive::Found& found : scan(path).contents) {
    texts.push_back(read_from(path, found.location, found.size.count));
    CHECK(codec::digest_of(found.digest.algorithm(), as_bytes(texts.back())) == found.digest);
  }
  return texts;
}

const std::string no_end = "truncated: no end-of-archive marker";

}  // namespace

TEST_CASE("all blobs of an archive are found, with their sizes and locations") {
  CHECK(contents_in(whole_tar()) == Texts{first, second});
  CHECK(scan_of(whole_tar()).problems.empty());
}

TEST_CASE("a compressed archive is scanned, with one frame or many") {
  for (const Compression compression : {Compression::gzip, Compression::zstd}) {
    for (const std::size_t frame_size : {100UL, 1000UL, 100'000UL}) {
      const std::string file = compressed(compression, whole_tar(), frame_size);
      CHECK(contents_in(file) == Texts{first, second});
      CHECK(scan_of(file).problems.empty());
    }
  }
}

TEST_CASE("the text of the last index.json is kept") {
  const std::string tar = entry("index.json", "first") + blob_entry(first) + entry("./index.json", "second") + tar_end;
  CHECK(scan_of(tar).index_json == "second");
  CHECK(scan_of(blob_entry(first) + tar_end).index_json.empty());
}

TEST_CASE("names may start with ./ and have any known digest") {
  const std::string tar = blob_entry(first, "./") + entry("./" + sha512(second).blob_path(), second) +
                          entry(sha512(first).blob_path(), first) + blob_entry("") + tar_end;
  CHECK(contents_in(tar) == Texts{first, second, first, ""});
  CHECK(scan_of(tar).problems.empty());
}

TEST_CASE("files whose names are not digests are skipped") {
  const std::string hex = sha256(first).hex();
  std::string tar;
  for (const std::string& name :
       {"blobs/sha256/" + hex.substr(1), "blobs/sha256/" + hex + "0", "blobs/md5/" + hex, "blob/sha256/" + hex,
        "x/blobs/sha256/" + hex, "blobs/sha256/x/" + hex, "../blobs/sha256/" + hex, "blobs/sha256/" + hex + ".txt",
        "blobs/SHA256/" + hex, "blobs/sha256/" + std::string(64, 'G'), std::string("blobs"), hex})
    tar += entry(name, first);
  const auto found = scan_of(tar + blob_entry(second) + tar_end);
  CHECK(found.contents.size() == 1);
  CHECK(found.problems.empty());
}

TEST_CASE("content that does not match its name is a problem, and the rest is found") {
  const std::string wrong = entry(sha256(first).blob_path(), "hello flayer");
  const std::string tar = wrong + blob_entry(second) + tar_end;
  CHECK(contents_in(tar) == Texts{second});
  CHECK(scan_of(tar).problems == Texts{sha256(first).blob_path() + " has the digest " + sha256("hello flayer").text()});
}

TEST_CASE("a flipped bit in the content of a plain archive affects only that content") {
  const std::string good = whole_tar();
  for (const std::size_t at : {good.find(first), good.find(second), good.find(second) + second.size() - 1}) {
    std::string bad = good;
    bad[at] ^= 1;
    const auto found = scan_of(bad);
    CHECK(found.contents.size() == 1);
    CHECK(found.problems.size() == 1);
  }
}

TEST_CASE("a flipped bit in a header ends the scan, and content before it counts") {
  std::string tar = whole_tar();
  tar[tar.find(sha256(second).hex())] ^= 1;
  CHECK(contents_in(tar) == Texts{first});
  const auto problems = scan_of(tar).problems;
  REQUIRE(problems.size() == 1);
  CHECK(problems.front().starts_with("not a tar archive: "));
}

TEST_CASE("a flipped bit in a compressed archive is a problem, and content before it counts") {
  for (const Compression compression : {Compression::gzip, Compression::zstd}) {
    const std::string before = compressed(compression, blob_entry(first), 100'000);
    std::string damaged = compressed(compression, blob_entry(second), 100'000);
    damaged[damaged.size() - 3] ^= 1;  // in the checksum
    const std::string behind = compressed(compression, tar_end, 100'000);
    const auto found = scan_of(before + damaged + behind);
    REQUIRE_FALSE(found.contents.empty());
    CHECK(found.contents.front().digest == sha256(first));
    REQUIRE(found.problems.size() == 1);
    CHECK(found.problems.front().starts_with("cannot be decoded: "));
  }
}

TEST_CASE("a file truncated anywhere is a problem, and complete content counts") {
  const std::string tar = whole_tar();
  const std::size_t first_end = tar.find(first) + first.size();
  const std::size_t second_end = tar.find(second) + second.size();
  const testing::Scratch scratch;
  for (std::size_t cut = 0; cut < tar.size(); cut += 97) {
    const auto found = scan(scratch.file("a", tar.substr(0, cut)));
    CAPTURE(cut);
    CHECK(found.problems == Texts{no_end});
    CHECK(found.contents.size() == (cut >= first_end ? 1U : 0U) + (cut >= second_end ? 1U : 0U));
  }
}

TEST_CASE("truncation is reported beside other damage") {
  const auto found = scan_of(entry(sha256(first).blob_path(), "hello flayer") + blob_entry(second));
  CHECK(found.contents.size() == 1);
  REQUIRE(found.problems.size() == 2);
  CHECK(found.problems.back() == no_end);
}

TEST_CASE("a compressed file truncated anywhere is a problem") {
  const testing::Scratch scratch;
  for (const Compression compression : {Compression::gzip, Compression::zstd}) {
    const std::string file = compressed(compression, whole_tar(), 1024);
    for (std::size_t cut = 0; cut + 30 < file.size(); cut += 101) {
      const auto found = scan(scratch.file("a", file.substr(0, cut)));
      CAPTURE(cut);
      CHECK(found.problems.size() == 1);
    }
  }
}

TEST_CASE("bytes after the end-of-archive marker are ignored") {
  const std::string tar = blob_entry(first) + tar_end + blob_entry(second) + tar_end;
  for (const std::string& file : {tar, compressed(Compression::zstd, tar, 1000)}) {
    CHECK(contents_in(file) == Texts{first});
    CHECK(scan_of(file).problems.empty());
  }
}

TEST_CASE("content that occurs twice is found twice") {
  CHECK(contents_in(blob_entry(first) + blob_entry(second) + blob_entry(first) + tar_end) ==
        Texts{first, second, first});
}

TEST_CASE("a file that is not an archive is a problem") {
  for (const std::string& file : {std::string(), std::string("sync_name,artifact,digest\n"), some_bytes(5000),
                                  std::string("\x28\xb5\x2f\xfd no zstd"), std::string("\x1f\x8b no gzip")}) {
    const auto found = scan_of(file);
    CHECK(found.contents.empty());
    CHECK(found.problems.size() == 1);
  }
}

TEST_CASE("a FIFO or a device is refused at once") {
  const testing::Scratch scratch;
  const auto path = scratch / "a.tar";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  CHECK(testing::failure(ErrorKind::storage, [&] { archive::scan(path); }) == path.string() + ": not a regular file");
}

TEST_CASE("an empty file is a problem") {
  const testing::Scratch scratch;
  const archive::Scan found = archive::scan(scratch.file("a.tar", ""));
  CHECK(found.contents.empty());
  CHECK(found.problems == std::vector<std::string>{"truncated: no end-of-archive marker"});
}

TEST_CASE("a missing file is an error") {
  const testing::Scratch scratch;
  testing::failure(ErrorKind::storage, [&] { scan(scratch / "missing.tar"); });
}

TEST_CASE("an archive of the compressor has every content at the location that the writer returned") {
  std::string large = some_bytes(5 << 20);
  const std::string tar = blob_entry(first) + blob_entry(large) + blob_entry(second) + tar_end;
  testing::run([&](async::Executor executor) -> async::awaitable<void> {
    const testing::Scratch scratch;
    archive::Compressor compressor(executor, {Compression::zstd, 1, 1, 64_MiB});
    const auto writer = compressor.next(scratch / "a", {tar.size()});
    co_await testing::put(writer, 0, tar);
    co_await writer->finish();
    co_await compressor.close();
    for (const std::string& content : {first, large, second})
      CHECK((read_from(scratch / "a", writer->location({tar.find(content)}), content.size()) == content));
    const auto found = scan(scratch / "a");
    CHECK(found.problems.empty());
    CHECK(found.contents.size() == 3);
  });
}
