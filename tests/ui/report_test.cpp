#include "acedt/ui/report.hpp"

#include "acedt/base/file.hpp"
#include "support/failure.hpp"
#include "support/faulty_disk.hpp"
#include "support/scratch.hpp"
#include "ui/run.hpp"

#include <doctest/doctest.h>

using namespace acedt;
using namespace acedt::testing;
using namespace std::chrono_literals;

namespace {

class Nobody : public report::Observer {
  void on(const report::Event&) override {}
  void tick(std::chrono::steady_clock::time_point, const report::Counters&) override {}
};

const std::string digest = "sha256:" + std::string(64, 'a');

/// Ends without failure, when it began.
void end(ui::Report& report) {
  report.end({}, {});
}

}  // namespace

TEST_CASE("a report has each row of the list with its outcome") {
  const Scratch scratch;
  Nobody nobody;
  {
    ui::Report report(nobody, start_of_run(), scratch / "report.json");
    ui::Counted observer(report);
    Run run(observer);
    run.event(report::RunStarted{.rows = 4, .skipped = 1});
    run.event(report::RowSkipped{"s", "r/s", "000001-s.tar", "sha256:1"});
    run.event(report::RowDropped{"a", "r/old", 2, 5});
    run.event(report::ArtifactResolved{"a", "000002-a.tar", "r/a", some_digest, 2, 3, 44_B, 1, 66_B});
    run.event(report::BlobStored{"000002-a.tar", some_digest, 7_B, 6_B, 2});
    run.event(report::BlobStored{"000002-a.tar", some_digest, 5_B, {}, 0});
    run.wait(25ms);
    run.event(report::ArchiveCommitted{"000002-a.tar", "r/a", some_digest, 8_B, {}, {"000001-s.tar", "\"1"}});
    run.event(report::RowFailed{"b", "r/b", {ErrorKind::not_found, "404 \"x\"\n", "look"}, 3, true});
    run.event(report::RowLeft{"c", "r/c"});
    run.event(report::HostPaused{"r:5000", 1500ms});
    run.event(report::Retrying{"blob", "503", 1500ms, 1, "r:5000"});
    run.counters.bytes_received = 9;
    run.counters.requests = 10;
    run.tick();
    run.event(report::RunFinished{1, 1, 9_B, 10, 66_B, false, report::Problem{ErrorKind::no_space, "full", ""}, 1});
    CHECK_FALSE(std::filesystem::exists(scratch / "report.json"));
    report.end(end_of_run(61s, 8), observer.totals);
  }
  CHECK(
      read_file(scratch / "report.json") ==
      "{\"version\":1,\"program\":\"ace-dt 1.2.3\",\"command\":\"batch-serialize\","
      "\"started\":\"2026-02-03T04:05:06.000007Z\",\"rows\":[\n"
      "{\"name\":\"s\",\"artifact\":\"r/s\",\"state\":\"skipped\",\"archive\":\"000001-s.tar\","
      "\"digest\":\"sha256:1\"},\n"
      "{\"name\":\"a\",\"artifact\":\"r/old\",\"state\":\"dropped\",\"line\":2,\"kept_line\":5},\n"
      "{\"name\":\"a\",\"artifact\":\"r/a\",\"state\":\"done\",\"archive\":\"000002-a.tar\",\"digest\":\"" +
          digest +
          "\",\"size\":8,\"fetched\":6,\"saved\":72,\"milliseconds\":25,\"attempts\":2,\"needs\":[\"000001-s.tar\","
          "\"\\\"1\"]},\n"
          "{\"name\":\"b\",\"artifact\":\"r/b\",\"state\":\"failed\",\"attempts\":3,"
          "\"error\":{\"class\":\"not-found\",\"text\":\"404 \\\"x\\\"\\n\",\"hint\":\"look\"}},\n"
          "{\"name\":\"c\",\"artifact\":\"r/c\",\"state\":\"left\"}\n"
          "],\"complete\":false,\"archives\":1,\"failed\":1,\"fetched\":9,\"requests\":10,\"saved\":66,\"recovered\":0,"
          "\"dependent\":1,"
          "\"error\":{\"class\":\"no-space\",\"text\":\"full\",\"hint\":\"\"},"
          "\"ended\":\"2026-02-03T04:06:07.000007Z\",\"milliseconds\":61000,\"exit_status\":8,"
          "\"totals\":{\"done\":1,\"skipped\":1,\"failed\":1,\"left\":1,\"dropped\":1,\"blobs\":2,\"stored\":8,"
          "\"received\":9,\"sent\":0,\"requests\":10,\"retries\":1,\"paused_milliseconds\":1500,"
          "\"failures\":{\"not-found\":1}}}\n");
}

TEST_CASE("a run that ended before it began has a report of no rows that says why") {
  const Scratch scratch;
  Nobody nobody;
  ui::RunEnd end = end_of_run(1s, 2);
  end.cause = ui::Cause{"usage", "list: empty", "fill it"};
  for (const char* destination : {"", "r/b"}) {
    ui::RunStart start = start_of_run();
    start.destination = destination;
    ui::Report report(nobody, start, scratch / "report.json");
    report.end(end, {});
    const std::string text = read_file(scratch / "report.json");
    CHECK(text.find("\"rows\":[\n],\"complete\":false,\"archives\":0,") != text.npos);
    CHECK(text.find("\"error\":{\"class\":\"usage\",\"text\":\"list: empty\",\"hint\":\"fill it\"},\"ended\"") !=
          text.npos);
    CHECK(text.find("\"failures\":{\"usage\":1}") != text.npos);
    CHECK((text.find("\"fetched\":0") == text.npos) == (start.destination == "r/b"));
  }
}

TEST_CASE("a run that is not ended leaves no report, and removes an older one") {
  const Scratch scratch;
  scratch.file("report.json", "old");
  Nobody nobody;
  {
    ui::Report observer(nobody, start_of_run(), scratch / "report.json");
    Run(observer).event(report::RunStarted{.rows = 1, .skipped = 0});
  }
  CHECK(std::filesystem::is_empty(scratch.path()));
}

TEST_CASE("a report follows links, and writes directly to what is not a regular file") {
  const Scratch scratch;
  Nobody nobody;
  scratch.file("target.json", "old");
  std::filesystem::create_symlink("target.json", scratch / "link.json");
  std::filesystem::create_symlink("/dev/null", scratch / "null");
  for (const auto* name : {"link.json", "null"}) {
    ui::Report observer(nobody, start_of_run(), scratch / name);
    end(observer);
    observer.check();
    CHECK(std::filesystem::is_symlink(scratch / name));
  }
  CHECK(read_file(scratch / "target.json").starts_with("{\"version\":1"));
  CHECK(std::filesystem::is_character_file("/dev/null"));
  CHECK_FALSE(failure(ErrorKind::usage, [&] { ui::Report(nobody, start_of_run(), scratch.path()); }).empty());
  CHECK(std::filesystem::is_directory(scratch.path()));
}

TEST_CASE("a report that cannot be written completely is an error and is not renamed") {
  const Scratch scratch;
  Nobody nobody;
  for (const Disk::Call call : {Disk::Call::write, Disk::Call::sync, Disk::Call::rename}) {
    const FaultyDisk disk(FaultyDisk::always(call, EIO));
    ui::Report observer(nobody, start_of_run(), scratch / "report.json", disk);
    end(observer);
    CHECK_FALSE(failure(ErrorKind::storage, [&] { observer.check(); }).empty());
    CHECK_FALSE(std::filesystem::exists(scratch / "report.json"));
  }
  CHECK(std::filesystem::is_empty(scratch.path()));
}

TEST_CASE("a report does not replace a link that appeared during the run") {
  const Scratch scratch;
  Nobody nobody;
  ui::Report observer(nobody, start_of_run(), scratch / "report.json");
  std::filesystem::create_symlink("elsewhere", scratch / "report.json");
  end(observer);
  CHECK_FALSE(failure(ErrorKind::storage, [&] { observer.check(); }).empty());
  CHECK(std::filesystem::is_symlink(scratch / "report.json"));
}

TEST_CASE("a report that cannot be created is an error at once") {
  const Scratch scratch;
  Nobody nobody;
  CHECK_FALSE(
      failure(ErrorKind::storage, [&] { ui::Report(nobody, start_of_run(), scratch / "none/report.json"); }).empty());
}
