#include "acedt/base/file.hpp"

#include "acedt/base/error.hpp"
#include "support/failure.hpp"
#include "support/faulty_disk.hpp"
#include "support/scratch.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace acedt;
using testing::failure;
using testing::FaultyDisk;
using testing::Scratch;
using Call = Disk::Call;
namespace fs = std::filesystem;

namespace {

std::string with_b(const std::string& text) {
  return text.find('b') == text.npos ? text + "b" : text;
}

unsigned mode_of(const fs::path& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

std::set<std::string> names_in(const fs::path& folder) {
  const std::vector<std::string> names = Disk::real().list(folder);
  return {names.begin(), names.end()};
}

}  // namespace

TEST_CASE("a change keeps the mode of the file and leaves no other file") {
  const Scratch scratch;
  const auto path = scratch.file("a", "a");
  for (const unsigned mode : {0640U, 0600U, 0644U}) {
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    change_shared_file(path, [](const std::string& text) { return text + "b"; });
    CHECK(mode_of(path) == mode);
  }
  CHECK(read_file(path) == "abbb");
  CHECK(names_in(scratch.path()) == std::set<std::string>{"a"});
}

TEST_CASE("a new shared file has mode 0600 and its folder 0700") {
  const Scratch scratch;
  const auto path = scratch / "folder" / "a";
  change_shared_file(path, with_b);
  CHECK(read_file(path) == "b");
  CHECK(mode_of(path) == 0600);
  CHECK(mode_of(scratch / "folder") == 0700);
}

TEST_CASE("links to a shared file are followed, also chains and links to a missing file") {
  const Scratch scratch;
  fs::create_directory(scratch / "there");
  fs::create_symlink("there/link", scratch / "first");
  fs::create_symlink("target", scratch / "there" / "link");
  change_shared_file(scratch / "first", with_b);
  CHECK(fs::is_symlink(scratch / "first"));
  CHECK(fs::is_symlink(scratch / "there" / "link"));
  CHECK(read_file(scratch / "there" / "target") == "b");
  change_shared_file(scratch / "first", [](const std::string& text) { return text + "c"; });
  CHECK(fs::is_symlink(scratch / "there" / "link"));
  CHECK(read_file(scratch / "there" / "target") == "bc");
  fs::create_symlink("loop", scratch / "loop");
  failure(ErrorKind::usage, [&] { change_shared_file(scratch / "loop", with_b); });
}

TEST_CASE("a change that changes nothing does not write the file") {
  const Scratch scratch;
  const auto path = scratch.file("a", "b");
  const auto before = fs::last_write_time(path);
  change_shared_file(path, with_b);
  CHECK(fs::last_write_time(path) == before);
  change_shared_file(scratch / "none", [](const std::string& text) { return text; });
  CHECK_FALSE(fs::exists(scratch / "none"));
}

TEST_CASE("new content that a killed process left is removed, and no other file") {
  const Scratch scratch;
  const auto path = scratch.file("a", "");
  scratch.file("a.0123456789abcdef.new", "secret");
  scratch.file("a.lock", "");
  scratch.file("a.new", "of somebody else");
  scratch.file("b.0123456789abcdef.new", "of another file");
  change_shared_file(path, with_b);
  CHECK(names_in(scratch.path()) == std::set<std::string>{"a", "a.new", "b.0123456789abcdef.new"});
}

TEST_CASE("a simultaneous change of another program is kept, with and without locks") {
  for (const int code : {0, ENOLCK}) {
    const Scratch scratch;
    const auto path = scratch.file("a", "a");
    const FaultyDisk disk(FaultyDisk::always(Call::lock, code));
    int called = 0;
    const auto change = [&](const std::string& text) {
      if (++called == 1) replace_file(path, text + "x");
      return with_b(text);
    };
    change_shared_file(path, change, disk);
    CHECK(read_file(path) == "axb");
    CHECK(names_in(scratch.path()) == std::set<std::string>{"a"});
  }
}

TEST_CASE("without locks, a change that another program undoes is repeated") {
  const Scratch scratch;
  const auto path = scratch.file("a", "a");
  bool undone = false;
  const FaultyDisk disk([&](Call call, const fs::path&, int) {
    if (call == Call::sync_directory && !std::exchange(undone, true)) replace_file(path, "ax");  // after the rename
    return call == Call::lock ? ENOLCK : 0;
  });
  change_shared_file(path, with_b, disk);
  CHECK(read_file(path) == "axb");
}

TEST_CASE("a FIFO and a folder are refused at once") {
  const Scratch scratch;
  REQUIRE(::mkfifo((scratch / "fifo").c_str(), 0600) == 0);
  fs::create_directory(scratch / "folder");
  for (const char* name : {"fifo", "folder"}) {
    failure(ErrorKind::storage, [&] { change_shared_file(scratch / name, with_b); });
  }
}

TEST_CASE("a disk that fails at any call leaves the old text or the new text") {
  for (int failing = 0;; ++failing) {
    const Scratch scratch;
    const auto path = scratch.file("a", "a");
    const FaultyDisk disk([&](Call, const fs::path&, int n) { return n == failing ? EIO : 0; });
    bool failed = false;
    try {
      change_shared_file(path, with_b, disk);
    } catch (const Error& error) {
      failed = true;
      CHECK(error.kind() == ErrorKind::storage);
    }
    const std::string text = read_file(path);
    CHECK((text == "ab" || (failed && text == "a")));
    if (disk.asked() <= failing) break;
  }
}
