#include "acedt/engine/row_budget.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "acedt/async/task_group.hpp"
#include "support/run.hpp"
#include "support/steps.hpp"

using namespace acedt;
using namespace acedt::engine;

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
