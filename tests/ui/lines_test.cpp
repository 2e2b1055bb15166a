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
  run.event(report::Retrying{
      .what = "blob sha256:aa", .why = "503\x1b[31m", .delay = 1500ms, .attempt = 1, .host = "r.example"});
  run.event(report::Warning{"the tracker has a row that no archive is there for"});
  run.event(report::ArchiveCommitted{
      .archive = "000002-tools.tar", .artifact = "r.example/tools:1", .digest = some_digest, .size = {1234}});
  run.wait(62500ms);
  run.event(report::RunFinished{
      .archives = 2, .fetched = {3'500'000}, .requests = 17, .shared_size = {42'000}, .complete = true});
  CHECK(out.str() ==
        "Started ↦ 3 artifacts, 1 of them already archived\n"
        "r.example ↦ 503?[31m; blob sha256:aa is tried again in 1.5s\n"
        "Warning ↦ the tracker has a row that no archive is there for\n"
        "000002-tools.tar ↦ Completed r.example/tools:1 (1.2 kB)\n"
        "Completed ↦ 2 archives in 1m3s; fetched 3.5 MB with 17 requests; "
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

TEST_CASE("the end of an incomplete run reports how many rows are done, failed and left") {
  std::ostringstream out;
  ui::Lines lines(out);
  Run run(lines);
  run.event(report::RowFailed{.name = "b", .artifact = "r/b", .problem = {.text = "gone"}, .passed_over = true});
  for (int i = 0; i < 3; ++i) run.event(report::RowLeft{"c", "r/c"});
  run.event(report::RunFinished{.archives = 1});
  CHECK(out.str().find("\nIncomplete ↦ 1 archive, 1 failed, 3 left, in 0s; fetched") != std::string::npos);
}

TEST_CASE("so does the end of an incomplete push") {
  std::ostringstream out;
  ui::Lines lines(out);
  Run run(lines);
  run.event(report::PushFailed{.archive = "000001-a.tar", .problem = {.text = "refused"}});
  run.event(report::PushLeft{"000002-b.tar"});
  run.event(report::PushFinished{.archives = 0, .failed = 1});
  CHECK(out.str() ==
        "000001-a.tar ↦ Failed: refused\n"
        "Incomplete ↦ 0 archives, 1 failed, 1 left, in 0s; sent 0 B with 0 requests\n");
}

TEST_CASE("the status is printed once a minute, and only after a change") {
  std::ostringstream out;
  ui::Lines lines(out);
  Run run(lines);
  run.event(report::RunStarted{.rows = 1});
  run.event(report::ArtifactResolved{.archive = "000001-a.tar", .artifact = "r/a", .digest = some_digest});
  out.str("");
  run.counters.bytes_planned = 1'000'000;
  for (int i = 0; i < 600; ++i) {  // two minutes
    run.wait(200ms);
    run.counters.bytes_received += 500;
    run.counters.bytes_stored += 500;
    run.tick();
  }
  CHECK(out.str() ==
        "status ↦ 15.0%, 2.5 kB/s, ETA 5m40s, 0 of 1 archive, 150 kB of 1.0 MB\n"
        "status ↦ 30.0%, 2.5 kB/s, ETA 4m40s, 0 of 1 archive, 300 kB of 1.0 MB\n");
  out.str("");
  for (int i = 0; i < 1000; ++i) {
    run.wait(200ms);
    run.tick();
  }
  CHECK(out.str().empty());
}

TEST_CASE("the status says what is waited for") {
  std::ostringstream out;
  ui::Lines lines(out);
  Run run(lines);
  run.event(report::RunStarted{.rows = 1});
  run.wait(59s);
  run.event(report::HostPaused{"r.example", 30s});
  out.str("");
  run.wait(1s);
  ++run.counters.requests;
  run.tick();
  CHECK(out.str() == "status ↦ ~0%, 0 B/s, 0 of 1 archive; waiting 29s for r.example, which asked for a pause\n");
}

TEST_CASE("colours emphasize what needs attention") {
  std::ostringstream out;
  ui::Lines lines(out, true);
  Run run(lines);
  run.event(report::Warning{"careful"});
  run.event(report::RunStarted{.rows = 1});
  run.event(report::RunFinished{.archives = 1});
  CHECK(out.str().starts_with("\x1b[33mWarning\x1b[0m ↦ careful\nStarted ↦ 1 artifact,"));
  CHECK(out.str().find("\n\x1b[31mIncomplete\x1b[0m ↦ 1 archive in") != std::string::npos);
}

TEST_CASE("a million blobs of a thousand archives give about a thousand lines") {
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
  CHECK(std::count(text.begin(), text.end(), '\n') == 1017);
}

TEST_CASE("with a clock, each line is a JSON object with the fields of its event") {
  std::ostringstream out;
  ui::Lines lines(out, false, [] { return "now"; });
  Run run(lines);
  run.event(report::RunStarted{.rows = 2, .skipped = 1});
  run.event(report::Retrying{"blob sha256:aa", "503\x1b \"x\"", 1500ms, 1, "r.example"});
  run.event(report::Retrying{"blob sha256:bb", "504", 1500ms, 1, "r.example"});
  run.event(report::ArchiveCommitted{"000002-a.tar", "r.example/a", some_digest, 5_B});
  run.event(report::RowFailed{"b", "r/b", {ErrorKind::not_found, "gone", ""}, 1, true});
  run.event(report::RunFinished{.archives = 1, .failed = 1});
  CHECK(
      out.str() ==
      R"js({"time":"now","level":"INFO","msg":"Started: 2 artifacts, 1 of them already archived","event":"run_started","rows":2,"skipped":1})js"
      "\n"
      R"js({"time":"now","level":"WARN","msg":"r.example: 503\u001b \"x\"; blob sha256:aa is tried again in 1.5s","event":"retrying",)js"
      R"js("what":"blob sha256:aa","why":"503\u001b \"x\"","delay":1500,"attempt":1,"host":"r.example"})js"
      "\n"
      R"js({"time":"now","level":"INFO","msg":"000002-a.tar: Completed r.example/a (5 B)","event":"archive_committed",)js"
      R"js("archive":"000002-a.tar","artifact":"r.example/a","digest":")js" +
          some_digest.text() +
          R"js(","size":5,"needs":[]})js"
          "\n"
          R"js({"time":"now","level":"ERROR","msg":"b: Failed: gone","event":"row_failed","name":"b","artifact":"r/b",)js"
          R"js("class":"not-found","why":"gone","attempts":1,"passed_over":true})js"
          "\n"
          R"js({"time":"now","level":"WARN","msg":"r.example: 1 more attempt failed; the last one: 504","host":"r.example"})js"
          "\n"
          R"js({"time":"now","level":"ERROR","msg":"Incomplete: 1 archive, 1 failed, 0 left, in 0s; fetched 0 B with 0 requests; 0 B shared with earlier archives and not stored again",)js"
          R"js("event":"run_finished","archives":1,"failed":1,"fetched":0,"requests":0,"shared_size":0,"complete":false,"recovered":0,"dependent":0})js"
          "\n");
}

TEST_CASE("so is the status") {
  std::ostringstream out;
  ui::Lines lines(out, false, [] { return "now"; });
  Run run(lines);
  run.event(report::RunStarted{.rows = 1});
  out.str("");
  run.wait(60s);
  run.counters.requests = 3;
  run.counters.bytes_received = 600;
  run.tick();
  CHECK(
      out.str() ==
      R"js({"time":"now","level":"INFO","msg":"status: ~0%, 0 B/s, 0 of 1 archive","event":"status","rows":1,"done":0,)js"
      R"js("failed":0,"bytes_done":0,"bytes_planned":0,"bytes_transferred":600,"bytes_per_second":0,"requests":3})js"
      "\n");
}
