#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "acedt/engine/failure.hpp"
#include "serialize/mirror.hpp"
#include "support/failure.hpp"

using namespace acedt;
using namespace acedt::testing;
using namespace std::literals;

// Runs with rows that fail and rows that succeed.

namespace {

using Names = std::vector<std::string>;
using Rows = std::vector<std::pair<std::string, std::string>>;

const std::string shared = bytes_of(200'000, 1);
const std::string small = "a small layer";
const std::string other = "another layer";

struct KeepsGoing : Mirror {
  KeepsGoing() { options.keep_going = true; }

  /// Runs, which must throw SomeFailed, and returns the names of the failed rows in the order of the list.
  Names failed(const Rows& rows) {
    const std::size_t before = recorder.all<report::RowFailed>().size();
    try {
      run(rows);
    } catch (const engine::SomeFailed& some) {
      std::vector<report::RowFailed> told = recorder.all<report::RowFailed>();
      told.erase(told.begin(), told.begin() + static_cast<std::ptrdiff_t>(before));
      CHECK(some.problems.size() == told.size());
      std::ranges::sort(told, {}, &report::RowFailed::line);
      Names names;
      for (const report::RowFailed& row : told) names.push_back(row.name);
      return names;
    }
    return {};
  }
};

}  // namespace

TEST_CASE("a row whose artifact does not exist is passed over, and the others are mirrored") {
  KeepsGoing mirror;
  mirror.push("one", {small});
  mirror.push("three", {other});
  const Rows rows = {{"a", "one"}, {"b", "two"}, {"c", "three"}};
  CHECK(mirror.failed(rows) == Names{"b"});
  CHECK(mirror.archives() == Names{"000001-a.tar", "000002-c.tar"});
  CHECK(mirror.has("000002-c.tar", other));
  const auto told = mirror.recorder.all<report::RowFailed>().at(0);
  CHECK(told.artifact == "reg.example.com/t/v:two");
  CHECK(told.problem.kind == ErrorKind::not_found);
  CHECK(told.problem.text.find("list.csv:3: b: ") != std::string::npos);
  CHECK(told.passed_over);
  const auto finished = mirror.recorder.all<report::RunFinished>().at(0);
  CHECK_FALSE(finished.complete);
  CHECK(finished.failed == 1);
  CHECK(finished.archives == 2);

  mirror.push("two", {"at last"});
  CHECK(mirror.failed(rows).empty());
  CHECK(mirror.archives() == Names{"000001-a.tar", "000002-c.tar", "000003-b.tar"});
}

TEST_CASE("a row that fails at a blob is passed over, and a row that counted on its other blob fetches that") {
  for (const auto compression : {codec::Compression::none, codec::Compression::zstd}) {
    KeepsGoing mirror;
    mirror.options.compression = compression;
    mirror.push("one", {small});
    mirror.push("two", {shared, "lost"});
    mirror.push("three", {shared, other});
    mirror.server.add_fault("GET */blobs/" + sha256("lost"sv).text() + " * status 404");
    CHECK(mirror.failed({{"a", "one"}, {"b", "two"}, {"c", "three"}}) == Names{"b"});
    REQUIRE(mirror.archives().size() == 2);
    const std::string last = mirror.archives().back();
    CHECK(last.starts_with("000002-c.tar"));
    CHECK(mirror.has(last, shared));
    CHECK(mirror.has(last, other));
  }
}

TEST_CASE("all rows may fail") {
  KeepsGoing mirror;
  CHECK(mirror.failed({{"a", "one"}, {"b", "two"}}) == Names{"a", "b"});
  CHECK(mirror.archives().empty());
}

TEST_CASE("a failure that concerns all rows ends the run despite keep_going") {
  KeepsGoing mirror;
  mirror.push("one", {small});
  std::filesystem::create_directories(mirror.options.sync_directory);
  std::filesystem::create_directory(mirror.archive("000001-a.tar"));
  failure(ErrorKind::storage, [&] { mirror.run({{"a", "one"}}); });
}

TEST_CASE("without keep_going, the failed row and the remaining rows are reported") {
  Mirror mirror;
  mirror.push("one", {small});
  failure(ErrorKind::not_found, [&] { mirror.run({{"a", "one"}, {"b", "two"}, {"c", "three"}}); });
  const auto failed = mirror.recorder.all<report::RowFailed>();
  REQUIRE(failed.size() == 1);
  CHECK(failed[0].name == "b");
  CHECK_FALSE(failed[0].passed_over);
  const auto left = mirror.recorder.all<report::RowLeft>();
  REQUIRE(left.size() == 1);
  CHECK(left[0].name == "c");
  CHECK(mirror.recorder.all<report::RunFinished>().at(0).problem->kind == ErrorKind::not_found);
}
