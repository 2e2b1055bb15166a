#include "acedt/engine/budgets.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "acedt/archive/compressor.hpp"
#include "acedt/async/task_group.hpp"
#include "acedt/base/file.hpp"
#include "support/failure.hpp"
#include "support/run.hpp"
#include "support/steps.hpp"

using namespace acedt;
using namespace acedt::engine;

namespace {

Memory divided(codec::Compression compression, unsigned connections, std::optional<Bytes> memory) {
  Settings settings;
  settings.connections = connections;
  settings.memory = memory;
  return divide_memory(settings, {compression, codec::level_range(compression).default_level, 2});
}

}  // namespace

TEST_CASE("by default, 64 connections get 16 MiB of buffers, and compression a window of 64 MiB") {
  const Memory plain = divided(codec::Compression::none, 64, {});
  CHECK(plain.receive_buffer == 256_KiB);
  CHECK(plain.compression_window == 0_B);
  CHECK(plain.manifests == 256_MiB);
  const Memory zstd = divided(codec::Compression::zstd, 64, {});
  CHECK(zstd.receive_buffer == 256_KiB);
  CHECK(zstd.compression_window == 64_MiB);
}

TEST_CASE("the shares add up to no more than --memory, and use most of it") {
  for (const auto compression : {codec::Compression::none, codec::Compression::gzip, codec::Compression::zstd}) {
    for (const unsigned connections : {1U, 64U, 1024U}) {
      for (const Bytes memory : {128_MiB, 1_GiB}) {
        const Memory parts = divided(compression, connections, memory);
        const Bytes all = parts.compression_window + parts.manifests + Bytes{parts.receive_buffer.count * connections};
        CHECK(parts.receive_buffer >= 16_KiB);
        CHECK(parts.receive_buffer <= 256_KiB);
        CHECK(parts.manifests >= 8_MiB);
        CHECK(parts.manifests <= 256_MiB);
        CHECK(all < memory);
        if (compression != codec::Compression::none) CHECK(parts.compression_window >= archive::min_window);
        if (compression != codec::Compression::none) CHECK(all + 64_MiB > memory);
      }
    }
  }
}

TEST_CASE("too little memory is refused with the amount that is needed") {
  const std::string text =
      testing::failure(ErrorKind::usage, [] { divided(codec::Compression::none, 64, Bytes{1'000'000}); });
  CHECK(text == "--memory: got 1000000 bytes, but 26214400 are needed with 64 connections");
  divided(codec::Compression::none, 64, Bytes{26214400});
}

TEST_CASE("with many files, all requested connections and many archives are allowed") {
  const OpenFiles plenty = divide_open_files(1024, 16, 100'000);
  CHECK(plenty.connections == 1024);
  CHECK(plenty.idle_connections == 2048);
  CHECK(plenty.archives == 256);
  CHECK(divide_open_files(64, 4, 1024).connections == 64);
}

TEST_CASE("with few files, everything that is open at a time fits") {
  for (const std::size_t threads : {1U, 4U, 64U}) {
    for (std::size_t files = 1000; files < 2000; files += 50) {
      const OpenFiles few = divide_open_files(1024, threads, files);
      CHECK(few.connections >= 1);
      CHECK(few.connections < 1024);
      CHECK(few.idle_connections >= 1);
      CHECK(few.archives >= 4);
      CHECK(2 * few.connections + few.idle_connections * (threads + 1) + 3 * few.archives < files);
    }
  }
}

TEST_CASE("too few files for a run are refused") {
  const std::string text = testing::failure(ErrorKind::usage, [] { divide_open_files(64, 1, 30); });
  CHECK(text == "this process may open 30 more files, but 48 are needed");
  CHECK(divide_open_files(64, 1, 48).connections == 1);
}

TEST_CASE("open files are subtracted from the limit") {
  const std::size_t before = open_files_left();
  CHECK(before > 0);
  const File file = File::create("/dev/null");
  CHECK(open_files_left() == before - 1);
}

namespace {

/// Returns an artifact manifest with one blob that has `annotations`.
oci::Manifest with_annotations(std::size_t annotations) {
  oci::Manifest manifest{.kind = oci::ContentKind::artifact};
  oci::Descriptor blob{.media_type = "a/b", .digest = oci::Digest::parse("sha256:" + std::string(64, '0'))};
  for (std::size_t i = 0; i < annotations; ++i) blob.annotations.emplace(std::to_string(i), "");
  manifest.layers.push_back(std::move(blob));
  return manifest;
}

constexpr Bytes limit{100};

/// Rows that take memory; each is recorded by its letter when it gets it.
class Rows {
 public:
  explicit Rows(const async::Executor& control)
      : ended_(26, false), budget(control, limit, ended_, [this] { ++waits; }), group(control) {}

  void take(char row, std::uint64_t bytes) { group.spawn(note(row, {bytes})); }
  void end(char row) {
    ended_[number(row)] = true;
    budget.give_back(number(row));
  }

  std::vector<bool> ended_;
  std::string served;
  int waits = 0;
  RowBudget budget;
  async::TaskGroup group;

 private:
  static std::uint64_t number(char row) { return static_cast<std::uint64_t>(row - 'a'); }
  async::awaitable<void> note(char row, Bytes bytes) {
    co_await budget.take(number(row), bytes);
    served += row;
  }
};

}  // namespace

TEST_CASE("rows wait while other rows use up the memory") {
  testing::run([](async::Executor control) -> async::awaitable<void> {
    Rows rows(control);
    rows.take('a', 60);
    rows.take('b', 40);
    rows.take('c', 1);
    CHECK(rows.served == "ab");
    CHECK(rows.waits == 1);
    CHECK(rows.budget.is_short());
    rows.end('b');
    co_await rows.group.join();
    CHECK(rows.served == "abc");
    CHECK_FALSE(rows.budget.is_short());
    CHECK(rows.budget.in_use() == 61_B);
  });
}

TEST_CASE("the first row that has not ended never waits, and only it exceeds the limit") {
  testing::run([](async::Executor control) -> async::awaitable<void> {
    Rows rows(control);
    rows.take('b', 90);
    rows.take('c', 90);
    rows.take('a', 1000);
    rows.take('a', 1000);
    CHECK(rows.served == "baa");
    rows.end('a');
    rows.take('b', 1000);
    co_await testing::settle();
    CHECK(rows.served == "baab");
    rows.end('b');
    co_await rows.group.join();
    CHECK(rows.served == "baabc");
  });
}

TEST_CASE("memory is given to rows in list order, even if a later row needs less") {
  testing::run([](async::Executor control) -> async::awaitable<void> {
    Rows rows(control);
    rows.take('a', 100);
    rows.take('d', 10);
    rows.take('c', 80);
    rows.take('e', 10);
    rows.end('b');
    rows.end('a');
    co_await rows.group.join();
    CHECK(rows.served == "acde");
  });
}

TEST_CASE("a row that is cancelled while it waits does not block other rows") {
  testing::run([](async::Executor control) -> async::awaitable<void> {
    Rows rows(control);
    rows.take('a', 100);
    rows.take('b', 100);
    rows.group.cancel();
    co_await rows.group.join();
    CHECK(rows.served == "a");
    CHECK_FALSE(rows.budget.is_short());
    rows.end('a');
    CHECK(rows.budget.in_use() == 0_B);
  });
}

TEST_CASE("a manifest full of short annotations counts with the memory that they take") {
  const oci::Descriptor described{
      .media_type = "a/b", .digest = oci::Digest::parse("sha256:" + std::string(64, '0')), .size = 1_MiB};
  CHECK(memory_beyond(described, with_annotations(10)) == 0_B);
  const Bytes counted = memory_of_manifest(described) + memory_beyond(described, with_annotations(100'000));
  CHECK(counted > 30_MiB);
  CHECK(counted < 60_MiB);
}
