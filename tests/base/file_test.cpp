#include "acedt/base/file.hpp"

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "support/failure.hpp"
#include "support/faulty_disk.hpp"
#include "support/scratch.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <string>
#include <utility>
#include <vector>

using namespace acedt;
using testing::failure;
using testing::FaultyDisk;
using testing::Scratch;
namespace fs = std::filesystem;

namespace {

std::string read_at(const File& file, Bytes offset, std::size_t size) {
  std::string text(size, '?');
  text.resize(file.read_at(offset, std::as_writable_bytes(std::span(text))));
  return text;
}

}  // namespace

TEST_CASE("create() makes an empty file, also in place of an old one") {
  const Scratch scratch;
  const auto path = scratch.file("a", "old");
  const File file = File::create(path);
  CHECK(file.path() == path);
  CHECK(file.size() == 0_B);
  CHECK(read_file(path).empty());
}

TEST_CASE("open_or_create() keeps the content of a file, which can then be written") {
  const Scratch scratch;
  CHECK(File::open_or_create(scratch / "new").size() == 0_B);
  const File file = File::open_or_create(scratch.file("old", "hello"));
  CHECK(read_at(file, 0_B, 100) == "hello");
  file.append(", world");
  CHECK(read_file(scratch / "old") == "hello, world");
}

TEST_CASE("a missing file is an error for open() and a value for the functions that expect it") {
  const Scratch scratch;
  CHECK_FALSE(File::open_if_there(scratch / "missing"));
  const auto file = File::open_if_there(scratch.file("a", "hello"));
  REQUIRE(file);
  CHECK(file->size() == 5_B);
}

TEST_CASE("a new file has mode 0666 less the umask") {
  const Scratch scratch;
  const mode_t before = ::umask(027);
  File::create(scratch / "a");
  ::umask(before);
  CHECK(fs::status(scratch / "a").permissions() == fs::perms(0640));
}

TEST_CASE("read_at() reads fewer bytes only at the end of the file") {
  const Scratch scratch;
  const File file = File::open(scratch.file("a", "0123456789"));
  const struct {
    Bytes offset;
    std::size_t size;
    std::string_view want;
  } table[] = {{0_B, 10, "0123456789"}, {0_B, 3, "012"}, {4_B, 3, "456"}, {8_B, 5, "89"},
               {10_B, 5, ""},           {99_B, 5, ""},   {3_B, 0, ""}};
  for (const auto& row : table) CHECK(read_at(file, row.offset, row.size) == row.want);
}

TEST_CASE("write_at() writes one or two buffers at an offset") {
  const Scratch scratch;
  const File file = File::create(scratch / "a");
  file.write_at(4_B, as_bytes("45"));
  file.write_at(0_B, as_bytes("01"), as_bytes("23"));
  file.write_at(6_B, as_bytes(""), as_bytes("67"));
  file.write_at(8_B, as_bytes("89"), as_bytes(""));
  file.write_at(1_B, as_bytes(""));
  CHECK(read_file(scratch / "a") == "0123456789");
}

TEST_CASE("large buffers are written in full") {
  const Scratch scratch;
  const std::string head(300'000, 'h'), tail(700'000, 't');
  const File file = File::create(scratch / "a");
  file.write_at(5_B, as_bytes(head), as_bytes(tail));
  CHECK((read_file(scratch / "a") == std::string(5, '\0') + head + tail));
}

TEST_CASE("more buffers than one system call takes are written in full") {
  const Scratch scratch;
  std::string want;
  for (int i = 0; i < 2500; ++i) want += std::to_string(i);
  std::vector<std::span<const std::byte>> pieces;
  for (std::size_t at = 0; at < want.size(); at += 3) pieces.push_back(as_bytes(std::string_view(want).substr(at, 3)));
  pieces.insert(pieces.begin() + 7, as_bytes(""));
  const File file = File::create(scratch / "a");
  file.write_at(2_B, pieces);
  CHECK(read_file(scratch / "a").substr(2) == want);
}

TEST_CASE("preallocate() and truncate() set the length and keep the content before it") {
  const Scratch scratch;
  const File file = File::open_or_create(scratch.file("a", "0123456789"));
  file.preallocate(1_MiB);
  CHECK(file.size() == 1_MiB);
  CHECK(read_at(file, 0_B, 12) == std::string("0123456789\0\0", 12));
  file.preallocate(4_B);
  CHECK(file.size() == 1_MiB);
  file.truncate(4_B);
  CHECK(read_file(scratch / "a") == "0123");
  file.truncate(6_B);
  CHECK(read_file(scratch / "a") == std::string("0123\0\0", 6));
  file.preallocate(0_B);
  CHECK(file.size() == 6_B);
}

TEST_CASE("a lock has one holder at a time, and closing the file releases it") {
  const Scratch scratch;
  {
    const File first = File::create(scratch / "lock");
    CHECK(first.try_lock() == File::Lock::taken);
    CHECK(first.try_lock() == File::Lock::taken);
    CHECK(File::open_or_create(scratch / "lock").try_lock() == File::Lock::held);
  }
  CHECK(File::open_or_create(scratch / "lock").try_lock() == File::Lock::taken);
}

TEST_CASE("a File can be moved, and its last owner closes it") {
  const Scratch scratch;
  int descriptor = -1;
  {
    File first = File::create(scratch / "a");
    descriptor = first.descriptor();
    File second = std::move(first);
    CHECK(second.descriptor() == descriptor);
    File third = File::create(scratch / "b");
    third = std::move(second);
    third.append("hello");
    CHECK(third.path() == scratch / "a");
  }
  CHECK(read_file(scratch / "a") == "hello");
  struct stat status {};
  CHECK(::fstat(descriptor, &status) != 0);
}

TEST_CASE("failures are of kind storage and name the path and the reason") {
  const Scratch scratch;
  const std::string missing = (scratch / "missing").string();
  const std::string below = missing + "/a";
  const std::string no_such = ": No such file or directory";
  CHECK(failure(ErrorKind::storage, [&] { File::open(missing); }) == "open " + missing + no_such);
  CHECK(failure(ErrorKind::storage, [&] { File::create(below); }) == "create " + below + no_such);
  CHECK(failure(ErrorKind::storage, [&] { File::open_or_create(below); }) == "open " + below + no_such);
  CHECK(failure(ErrorKind::storage, [&] { read_file(missing); }) == "open " + missing + no_such);
  CHECK(failure(ErrorKind::storage, [&] { replace_file(below, "x"); }).find(missing) != std::string::npos);
  const std::string directory = scratch.path().string();
  CHECK(failure(ErrorKind::storage, [&] { read_file(directory); }) == "read " + directory + ": Is a directory");
  const File read_only = File::open(scratch.file("a", "x"));
  const std::string name = (scratch / "a").string();
  CHECK(failure(ErrorKind::storage, [&] { read_only.write_at(0_B, as_bytes("y")); }) ==
        "write " + name + ": Bad file descriptor");
  CHECK(failure(ErrorKind::storage, [&] { read_only.truncate(0_B); }).starts_with("resize " + name));
  CHECK(failure(ErrorKind::storage, [&] { File::open_if_there(name + "/b"); }) ==
        "open " + name + "/b: Not a directory");
}

TEST_CASE("the error of a full disk has a hint") {
  const File full = File::create("/dev/full");
  for (const bool in_pieces : {false, true}) {
    std::string hint;
    try {
      if (in_pieces) full.write_at(0_B, as_bytes("a"), as_bytes("b"));
      if (!in_pieces) full.write_at(0_B, as_bytes("a"));
    } catch (const Error& error) {
      CHECK(std::string(error.what()) == "write /dev/full: No space left on device");
      hint = error.hint();
    }
    CHECK(hint == "free space there and run the same command again");
  }
}

TEST_CASE("read_file() returns the whole content, also of a file that claims size 0") {
  const Scratch scratch;
  for (const std::size_t size : {0UL, 1UL, 65'535UL, 65'536UL, 65'537UL, 200'000UL}) {
    const std::string text(size, 'x');
    CHECK((read_file(scratch.file("a", text)) == text));
  }
  CHECK_FALSE(read_file("/proc/self/status").empty());  // claims a size of 0 bytes
}

TEST_CASE("replace_file() replaces the whole content and leaves no other file") {
  const Scratch scratch;
  replace_file(scratch / "a", "first");
  CHECK(read_file(scratch / "a") == "first");
  scratch.file("a.new", "left by a crash, and longer");
  replace_file(scratch / "a", "2nd");
  CHECK(read_file(scratch / "a") == "2nd");
  CHECK_FALSE(fs::exists(scratch / "a.new"));
}
