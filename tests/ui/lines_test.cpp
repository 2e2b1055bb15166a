#include "acedt/ui/display.hpp"

#include "ui/run.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

using namespace acedt;
using namespace acedt::testing;
using namespace std::chrono_literals;

TEST_CASE("an archive, a retry and a warning give a line each, a blob none") {
  std::ostringstream out;
  ui::Lines lines(out);
  Run run(lines);
  run.event(report::RunStarted{.rows = 3, .skipped = 1});
  run.event(report::RowSkipped{"old", "r.example/old:1"});
  run.event(
      report::ArtifactResolved{.archive = "000002-tools.tar", .artifact = "r.example/tools:1", .digest = some_digest});
  run.event(report::BlobStored{.archive = "000002-tools.tar", .digest = some_digest, .size = 5_B});
  run.event(report::Retrying{.what = "blob sha256:aa", .why = "503\x1b[31m", .delay = 1500ms, .attempt = 1});
  run.event(report::Warning{"the tracker has a row that no archive is there for"});
  run.event(report::ArchiveCommitted{
      .archive = "000002-tools.tar", .artifact = "r.example/tools:1", .digest = some_digest, .size = {1234}});
  run.wait(62500ms);
  run.event(report::RunFinished{
      .archives = 2, .fetched = {3'500'000}, .requests = 17, .shared_size = {42'000}, .complete = true});
  CHECK(out.str() ==
        "Started ↦ 3 artifacts, 1 of them already archived\n"
        "blob sha256:aa ↦ attempt 1 failed: 503?[31m; again in 1.5s\n"
        "Warning ↦ the tracker has a row that no archive is there for\n"
        "000002-tools.tar ↦ Completed r.example/tools:1 (1.2 kB)\n"
        "Completed ↦ 2 archives in 1m2.5s; fetched 3.5 MB with 17 requests; "
        "42 kB shared with earlier archives and not stored again\n");
}

TEST_CASE("the line of an archive has the number of referrers, if they were requested") {
  for (const auto& [count, text] : {std::pair(0U, " with 0 referrers"), std::pair(1U, " with 1 referrer")}) {
    std::ostringstream out;
    ui::Lines lines(out);
    Run run(lines);
    run.event(report::ArchiveCommitted{
        .archive = "000001-a.tar", .artifact = "r/a", .digest = some_digest, .size = 5_B, .referrers = count});
    CHECK(out.str() == "000001-a.tar ↦ Completed r/a (5 B)" + std::string(text) + "\n");
  }
}

TEST_CASE("the end of a run reports how many archives need those of other names, and what to do") {
  for (const auto& [count, text] : {std::pair(0U, "Completed ↦ 3 archives"),
                                    std::pair(2U, "Dependent archives ↦ 2 of 3 new archives cannot be used without")}) {
    std::ostringstream out;
    ui::Lines lines(out);
    Run run(lines);
    run.event(report::RunFinished{.archives = 3, .complete = true, .dependent = count});
    CHECK(out.str().starts_with(text));
    CHECK(out.str().find("Completed ↦ 3 archives in 0s;") != std::string::npos);
  }
}

TEST_CASE("the last line reports what was recovered from an interrupted run") {
  std::ostringstream out;
  ui::Lines lines(out);
  Run run(lines);
  run.event(report::RunFinished{.archives = 1, .complete = true, .recovered = {2'500'000}});
  CHECK(out.str().find("not stored again; 2.5 MB recovered from an interrupted run") != std::string::npos);
}

TEST_CASE("a run with rows left is reported as incomplete") {
  std::ostringstream out;
  ui::Lines lines(out);
  Run run(lines);
  run.event(report::RunFinished{.archives = 1});
  CHECK(out.str().starts_with("Incomplete ↦ 1 archive in 0s;"));
}

TEST_CASE("the status is printed at most once a second, and only after a change") {
  std::ostringstream out;
  ui::Lines lines(out);
  Run run(lines);
  run.event(report::RunStarted{.rows = 1});
  out.str("");
  run.counters.bytes_planned = 10'000;
  for (int i = 0; i < 10; ++i) {  // two seconds
    run.wait(200ms);
    run.counters.bytes_received += 500;
    run.counters.bytes_stored += 500;
    run.tick();
  }
  CHECK(out.str() ==
        "status ↦ [0 of 1 archive] 2.5 kB of 10 kB (25.0%) 2.5 kB/s\n"
        "status ↦ [0 of 1 archive] 5.0 kB of 10 kB (50.0%) 2.5 kB/s\n");
  out.str("");
  for (int i = 0; i < 50; ++i) {
    run.wait(200ms);
    run.tick();
  }
  CHECK(out.str().empty());
}

TEST_CASE("the status has an ETA once it is known") {
  std::ostringstream out;
  ui::Lines lines(out);
  Run run(lines);
  run.event(report::RunStarted{.rows = 1});
  run.event(report::ArtifactResolved{.archive = "000001-a.tar", .artifact = "r/a", .digest = some_digest});
  run.counters.bytes_planned = 1'000'000;
  run.tick();
  run.wait(1s);
  run.counters.bytes_received = 10'000;
  run.tick();
  CHECK(out.str().ends_with("status ↦ [0 of 1 archive] 0 B of 1.0 MB (0.0%) 10 kB/s, ETA 1m40s\n"));
}

TEST_CASE("a million blobs of a thousand archives give about two thousand lines") {
  std::ostringstream out;
  ui::Lines lines(out);
  Run run(lines);
  run.event(report::RunStarted{.rows = 1000});
  for (int archive = 0; archive < 1000; ++archive) {
    for (int blob = 0; blob < 1000; ++blob) {
      run.event(report::BlobStored{.archive = "a", .digest = some_digest, .size = 1_B});
      if (blob % 200 != 0) continue;
      run.wait(200ms);
      ++run.counters.bytes_stored;
      run.tick();
    }
    run.event(report::ArchiveCommitted{.archive = "a", .artifact = "r/a", .digest = some_digest});
  }
  const std::string text = out.str();
  CHECK(std::count(text.begin(), text.end(), '\n') == 2001);
}
