#include "acedt/ui/totals.hpp"

#include "acedt/ui/display.hpp"
#include "ui/run.hpp"

#include <doctest/doctest.h>

using namespace acedt;
using namespace acedt::testing;
using namespace std::chrono_literals;

TEST_CASE("counters of a run that starts over are added up") {
  ui::Quiet quiet;
  ui::Counted counted(quiet);
  Run run(counted);
  run.counters.requests = 5;
  run.counters.bytes_received = 100;
  run.tick();
  run.counters.requests = 7;
  run.counters.bytes_received = 130;
  run.tick();
  run.counters.requests = 0;
  run.counters.bytes_received = 0;
  run.tick();
  run.counters.requests = 1;
  run.counters.bytes_received = 10;
  run.counters.bytes_sent = 3;
  run.tick();
  CHECK(counted.totals.requests == 8);
  CHECK(counted.totals.received == 140_B);
  CHECK(counted.totals.sent == 3_B);
}

TEST_CASE("pauses of one host that overlap count once, those of two hosts twice") {
  ui::Quiet quiet;
  ui::Counted counted(quiet);
  Run run(counted);
  run.event(report::HostPaused{"a", 10s});
  run.event(report::HostPaused{"b", 10s});
  CHECK(counted.totals.paused == 20s);
  run.wait(4s);
  run.event(report::HostPaused{"a", 10s});  // 4 s longer
  run.event(report::HostPaused{"b", 5s});   // not longer
  CHECK(counted.totals.paused == 24s);
  run.wait(60s);
  run.event(report::HostPaused{"a", 1s});
  CHECK(counted.totals.paused == 25s);
}

TEST_CASE("a push counts what it sent; with --dry-run, its archives are left") {
  ui::Quiet quiet;
  ui::Counted counted(quiet);
  Run run(counted);
  run.event(report::PushSkipped{"000001-a.tar", "r/b:a"});
  run.event(report::ArchivePushed{.archive = "000002-b.tar", .digest = some_digest, .blobs = 3, .there = 4});
  run.event(report::ArchivePushed{.digest = some_digest, .blobs = 5, .is_planned_only = true});
  run.event(report::PushFailed{"000003-c.tar", "r/b:c", {ErrorKind::corrupt, "bad", ""}});
  run.event(report::PushLeft{"000004-d.tar"});
  const ui::Totals& totals = counted.totals;
  CHECK(totals.done == 1);
  CHECK(totals.skipped == 1);
  CHECK(totals.failed == 1);
  CHECK(totals.left == 2);
  CHECK(totals.blobs == 3);
  CHECK(totals.failures == std::map<std::string, std::size_t>{{"corrupt", 1}});
}

TEST_CASE("what ended the run is a failure, unless a row has failed") {
  ui::Totals totals;
  ui::RunEnd end{.exit_status = 10, .cause = ui::Cause{"locked", "another process", ""}};
  CHECK(ui::failures_of(totals, end) == std::map<std::string, std::size_t>{{"locked", 1}});
  totals.failures = {{"not-found", 2}};
  CHECK(ui::failures_of(totals, end) == totals.failures);
  end.cause.reset();
  totals.failures.clear();
  CHECK(ui::failures_of(totals, end).empty());
}
