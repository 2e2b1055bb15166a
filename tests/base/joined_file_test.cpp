#include "acedt/base/joined_file.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "support/failure.hpp"
#include "support/faulty_disk.hpp"
#include "support/scratch.hpp"

using namespace acedt;
using testing::failure;
using testing::FaultyDisk;
using testing::Scratch;
namespace fs = std::filesystem;

namespace {

constexpr Bytes part_size{10};

/// Returns `size` different bytes, as far as there are.
std::string content_of(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text += static_cast<char>('0' + i % 75);
  return text;
}

std::string read_all(const JoinedFile& file) {
  std::string text(file.size().count + 5, '?');
  text.resize(file.read_at({}, std::as_writable_bytes(std::span(text))));
  return text;
}

std::set<std::string> names_in(const Scratch& scratch) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(scratch.path())) names.insert(entry.path().filename());
  return names;
}

/// Returns what the parts contain, joined as cat does it, and checks that each is full except the last.
std::string cat(const Scratch& scratch, const std::string& file) {
  std::string all;
  for (unsigned number = 1; fs::exists(part_path(scratch / file, number)); ++number) {
    const std::string text = read_file(part_path(scratch / file, number));
    const bool is_last = !fs::exists(part_path(scratch / file, number + 1));
    CHECK((text.size() == part_size.count || (is_last && !text.empty() && text.size() < part_size.count)));
    all += text;
  }
  return all;
}

}  // namespace

TEST_CASE("the name of a part is that of the file and three digits") {
  CHECK(part_path("d/a.tar", 1) == "d/a.tar.001");
  CHECK(part_path("a.tar.zst", 999) == "a.tar.zst.999");
  const auto part = PartName::parse("a.tar.012");
  REQUIRE(part);
  CHECK(part->file == "a.tar");
  CHECK(part->number == 12);
  for (const char* other : {"a.tar", "a.tar.000", "a.tar.1", "a.tar.0001", "a.tar.0x1", "a.tar.-01", ".001", "001", ""})
    CHECK_FALSE(PartName::parse(other));
}

TEST_CASE("a file of at most the size of a part is not divided") {
  CHECK(count_parts(0_B, part_size) == 1);
  CHECK(count_parts(10_B, part_size) == 1);
  CHECK(count_parts(11_B, part_size) == 2);
  CHECK(count_parts(20_B, part_size) == 2);
  CHECK(count_parts(21_B, part_size) == 3);
  CHECK(count_parts(1_GiB, {}) == 1);
}

TEST_CASE("a file that grows is divided when it exceeds the size of a part") {
  for (const std::size_t size : {0U, 1U, 9U, 10U, 11U, 19U, 20U, 21U, 30U, 95U}) {
    for (const std::size_t at_a_time : {1U, 3U, 10U, 25U, 100U}) {
      CAPTURE(size);
      CAPTURE(at_a_time);
      const Scratch scratch;
      const std::string content = content_of(size);
      const JoinedFile file = JoinedFile::open_or_create(scratch / "a", part_size);
      for (std::size_t at = 0; at < size; at += at_a_time)
        file.write_at({at}, as_bytes(std::string_view(content).substr(at, at_a_time)));
      CHECK(file.size() == Bytes{size});
      CHECK(read_all(file) == content);
      CHECK(fs::exists(scratch / "a") == (size <= 10));
      CHECK((size <= 10 ? read_file(scratch / "a") : cat(scratch, "a")) == content);
      CHECK(file.parts() == (size <= 10 ? 0 : count_parts({size}, part_size)));
      const JoinedFile again = JoinedFile::open(scratch / "a");
      CHECK(again.size() == Bytes{size});
      CHECK(read_all(again) == content);
      CHECK(size_of(Disk::real(), scratch / "a") == Bytes{size});
    }
  }
}

TEST_CASE("a preallocated file is in parts from the start, and may be written in any order, with any buffers") {
  const Scratch scratch;
  const std::string content = content_of(44);
  const JoinedFile file = JoinedFile::open_or_create(scratch / "a", part_size);
  file.preallocate({content.size()});
  CHECK(names_in(scratch) == std::set<std::string>{"a.001", "a.002", "a.003", "a.004", "a.005"});
  CHECK(file.size() == Bytes{content.size()});
  const auto piece = [&](std::size_t at, std::size_t size) {
    return as_bytes(std::string_view(content).substr(at, size));
  };
  file.write_at({28}, piece(28, 3), piece(31, 13));
  file.write_at({0}, piece(0, 7));
  file.write_at({7}, std::vector{piece(7, 1), piece(8, 0), piece(8, 20)});
  CHECK(read_all(file) == content);
  CHECK(cat(scratch, "a") == content);
  std::string within(14, '?');
  CHECK(file.read_at({9}, std::as_writable_bytes(std::span(within))) == 14);
  CHECK(within == content.substr(9, 14));
  CHECK(file.read_at({44}, std::as_writable_bytes(std::span(within))) == 0);
  CHECK(file.read_at({100'000}, std::as_writable_bytes(std::span(within))) == 0);
  CHECK(file.written() == std::vector<File::Extent>{{{0}, {44}}});
}

TEST_CASE("several threads may write and read at once, though few parts are open at a time") {
  const Scratch scratch;
  const std::string content = content_of(40 * part_size.count);
  const JoinedFile file = JoinedFile::open_or_create(scratch / "a", part_size);
  file.preallocate({content.size()});
  std::vector<std::thread> threads;
  constexpr std::size_t count = 4;
  for (std::size_t thread = 0; thread < count; ++thread)
    threads.emplace_back([&, thread] {
      for (std::size_t at = 7 * thread; at < content.size(); at += 7 * count) {
        file.write_at({at}, as_bytes(std::string_view(content).substr(at, 7)));
        std::string back(std::min<std::size_t>(7, content.size() - at), '?');
        file.read_at({at}, std::as_writable_bytes(std::span(back)));
        if (back != content.substr(at, 7)) std::terminate();
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(cat(scratch, "a") == content);
}

TEST_CASE("truncating removes parts, and gives a file that needs only one its own name") {
  const struct {
    std::size_t size;
    std::set<std::string> names;
  } table[] = {{35, {"a.001", "a.002", "a.003", "a.004"}},
               {30, {"a.001", "a.002", "a.003"}},
               {11, {"a.001", "a.002"}},
               {10, {"a"}},
               {0, {"a"}}};
  for (const auto& [size, names] : table) {
    const Scratch scratch;
    const std::string content = content_of(35);
    const JoinedFile file = JoinedFile::open_or_create(scratch / "a", part_size);
    file.write_at({}, as_bytes(content));
    file.truncate({size});
    CHECK(names_in(scratch) == names);
    CHECK(read_all(file) == content.substr(0, size));
    file.write_at({size}, as_bytes(std::string_view(content).substr(size)));
    CHECK(cat(scratch, "a") == content);
  }
}

TEST_CASE("what an earlier process left is continued; parts that do not belong to it are overwritten") {
  const Scratch scratch;
  const std::string content = content_of(35);
  JoinedFile::open_or_create(scratch / "a", part_size).write_at({}, as_bytes(content));
  CHECK(read_all(JoinedFile::open_or_create(scratch / "a", part_size)) == content);
  File::open_or_create(scratch / "a.002").truncate({4});
  const JoinedFile file = JoinedFile::open_or_create(scratch / "a", part_size);
  CHECK(file.size() == 14_B);
  file.write_at({14}, as_bytes("abcdefghij"));
  CHECK(read_all(file) == content.substr(0, 14) + "abcdefghij");
  CHECK(read_file(scratch / "a.003") == "ghij");
  CHECK(JoinedFile::open_or_create(scratch / "a", 4_B).size() == 0_B);  // of another part size
  scratch.file("b.001", "0123");
  const JoinedFile alone = JoinedFile::open_or_create(scratch / "b", part_size);
  CHECK(read_file(scratch / "b") == "0123");
  CHECK_FALSE(fs::exists(scratch / "b.001"));
}

TEST_CASE("a file that is never divided has its own name, whatever its size") {
  const Scratch scratch;
  const JoinedFile file = JoinedFile::open_or_create(scratch / "a", {});
  file.write_at({}, as_bytes(content_of(100)));
  CHECK(file.parts() == 0);
  CHECK(file.next_part().empty());
  CHECK(names_in(scratch) == std::set<std::string>{"a"});
}

TEST_CASE("the part that would follow is named only if the last one is full") {
  const Scratch scratch;
  JoinedFile::open_or_create(scratch / "a", part_size).write_at({}, as_bytes(content_of(20)));
  JoinedFile::open_or_create(scratch / "b", part_size).write_at({}, as_bytes(content_of(21)));
  CHECK(JoinedFile::open(scratch / "a").next_part() == "a.003");
  CHECK(JoinedFile::open(scratch / "b").next_part().empty());
}

TEST_CASE("a file with a part that is missing or too small cannot be opened") {
  for (const unsigned lost : {1U, 2U, 3U}) {
    CAPTURE(lost);
    const Scratch scratch;
    JoinedFile::open_or_create(scratch / "a", part_size).write_at({}, as_bytes(content_of(30)));
    fs::remove(part_path(scratch / "a", lost));
    if (lost == 3) fs::remove(part_path(scratch / "a", 2));  // without it, two full parts look complete
    const std::string missing = part_path(scratch / "a", lost == 3 ? 2 : lost).string();
    CHECK(failure(ErrorKind::not_found, [&] { JoinedFile::open(scratch / "a"); }) == missing + " is missing");
    CHECK_FALSE(size_of(Disk::real(), scratch / "a"));
  }
  const Scratch scratch;
  CHECK_FALSE(JoinedFile::open_if_there(scratch / "a"));
  File::open_or_create(scratch / "a.003").append("the only one");
  CHECK(failure(ErrorKind::not_found, [&] { JoinedFile::open(scratch / "a"); }) ==
        (scratch / "a.001").string() + " is missing");
  JoinedFile::open_or_create(scratch / "a", part_size).write_at({}, as_bytes(content_of(30)));
  File::open_or_create(scratch / "a.001").truncate({9});
  CHECK(failure(ErrorKind::not_found, [&] { JoinedFile::open(scratch / "a"); }) ==
        (scratch / "a.001").string() + " has 9 bytes, fewer than a.002");
}

TEST_CASE("what is wrong with parts is said for each of them") {
  const struct {
    PartSizes sizes;
    std::optional<Bytes> whole;
    std::vector<std::string> problems;
  } table[] = {
      {{}, {}, {}},
      {{}, 30_B, {}},
      {{{1, 10_B}, {2, 10_B}}, {}, {}},
      {{{1, 10_B}, {2, 1_B}}, 11_B, {}},
      {{{1, 10_B}}, {}, {"a.002 is missing"}},
      {{{1, 10_B}}, 35_B, {"a.002 is missing", "a.003 is missing", "a.004 is missing"}},
      {{{1, 10_B}, {2, 10_B}}, 35_B, {"a.003 is missing", "a.004 is missing"}},
      {{{2, 10_B}}, {}, {"a.001 is missing"}},
      {{{3, 1_B}}, 21_B, {"a.001 is missing", "a.002 is missing"}},
      {{{1, 10_B}, {4, 5_B}}, 35_B, {"a.002 is missing", "a.003 is missing"}},
      {{{1, 10_B}, {2, 7_B}, {3, 5_B}}, {}, {"a.002 has 7 bytes, fewer than a.001"}},
      {{{1, 1_B}, {2, 7_B}}, 17_B, {"a.001 has 1 byte, fewer than a.002"}},
      {{{1, 10_B}, {2, 0_B}}, {}, {"a.002 is empty"}},
      {{{1, 10_B}, {2, 4_B}}, 15_B, {"a.002 has 4 bytes: all parts together have 14 bytes instead of 15"}},
  };
  for (const auto& [sizes, whole, problems] : table) CHECK(part_problems("a", sizes, whole) == problems);
}

TEST_CASE("a full disk takes back what was preallocated") {
  const Scratch scratch;
  const FaultyDisk disk([](Disk::Call call, const fs::path& path, int) {
    return call == Disk::Call::reserve && path.extension() == ".003" ? ENOSPC : 0;
  });
  const JoinedFile file = JoinedFile::open_or_create(scratch / "a", part_size, disk);
  failure(ErrorKind::no_space, [&] { file.preallocate({35}); });
  CHECK(names_in(scratch) == std::set<std::string>{"a"});
  CHECK(file.size() == 0_B);
}

TEST_CASE("a part that is a symbolic link is not written through") {
  const Scratch scratch;
  fs::create_symlink(scratch.file("theirs", "theirs"), scratch / "a.002");
  const JoinedFile file = JoinedFile::open_or_create(scratch / "a", part_size);
  failure(ErrorKind::storage, [&] { file.write_at({}, as_bytes(content_of(15))); });
  CHECK(read_file(scratch / "theirs") == "theirs");
}

TEST_CASE("a file can be synced in parts, and has as many as three digits can number") {
  const Scratch scratch;
  const JoinedFile file = JoinedFile::open_or_create(scratch / "a", 1_B);
  file.write_at({}, as_bytes(content_of(max_parts)));
  file.sync();
  CHECK(file.next_part().empty());
  CHECK(read_all(JoinedFile::open(scratch / "a")) == content_of(max_parts));
  failure(ErrorKind::internal, [&] { file.write_at({max_parts}, as_bytes("x")); });
  remove_parts(Disk::real(), scratch / "a");
  CHECK(names_in(scratch).empty());
}

TEST_CASE("sync_all() returns the failure of each file") {
  const Scratch scratch;
  std::vector<JoinedFile> files;
  CHECK(sync_all(files).empty());
  for (int i = 0; i < 30; ++i) files.push_back(JoinedFile::open_or_create(scratch / std::to_string(i), {}));
  CHECK((sync_all(files) == std::vector<std::exception_ptr>(30)));
  for (const std::size_t place : {29U, 0U}) {
    const auto path = files[place].path();
    const FaultyDisk disk(FaultyDisk::always(Disk::Call::sync, EIO));
    files[place] = JoinedFile::open(path, disk);
    std::vector<std::exception_ptr> failures = sync_all(files);
    CHECK(failure(ErrorKind::storage, [&] { std::rethrow_exception(failures[place]); }) ==
          "sync " + path.string() + ": Input/output error");
    failures[place] = nullptr;
    CHECK((failures == std::vector<std::exception_ptr>(30)));
    files[place] = JoinedFile::open(path);
  }
}
