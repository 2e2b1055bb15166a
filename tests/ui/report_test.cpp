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

}  // namespace

TEST_CASE("a report has each row of the list with its outcome") {
  const Scratch scratch;
  Nobody nobody;
  {
    ui::Report observer(nobody, scratch / "report.json");
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
    CHECK_FALSE(std::filesystem::exists(scratch / "report.json"));
    run.event(report::RunFinished{1, 1, 9_B, 10, 66_B, false, report::Problem{ErrorKind::no_space, "full", ""}, 1});
  }
  CHECK(
      read_file(scratch / "report.json") ==
      "{\"version\":1,\"rows\":[\n"
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
          "\"error\":{\"class\":\"no-space\",\"text\":\"full\",\"hint\":\"\"}}\n");
}

TEST_CASE("a run without RunFinished leaves no report, and removes an older one") {
  const Scratch scratch;
  scratch.file("report.json", "old");
  Nobody nobody;
  {
    ui::Report observer(nobody, scratch / "report.json");
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
    ui::Report observer(nobody, scratch / name);
    Run(observer).event(report::RunFinished{});
    observer.check();
    CHECK(std::filesystem::is_symlink(scratch / name));
  }
  CHECK(read_file(scratch / "target.json").starts_with("{\"version\":1"));
  CHECK(std::filesystem::is_character_file("/dev/null"));
  CHECK_FALSE(failure(ErrorKind::usage, [&] { ui::Report(nobody, scratch.path()); }).empty());
  CHECK(std::filesystem::is_directory(scratch.path()));
}

TEST_CASE("a report that cannot be written completely is an error and is not renamed") {
  const Scratch scratch;
  Nobody nobody;
  for (const Disk::Call call : {Disk::Call::write, Disk::Call::sync, Disk::Call::rename}) {
    const FaultyDisk disk(FaultyDisk::always(call, EIO));
    ui::Report observer(nobody, scratch / "report.json", disk);
    Run(observer).event(report::RunFinished{});
    CHECK_FALSE(failure(ErrorKind::storage, [&] { observer.check(); }).empty());
    CHECK_FALSE(std::filesystem::exists(scratch / "report.json"));
  }
  CHECK(std::filesystem::is_empty(scratch.path()));
}

TEST_CASE("a report does not replace a link that appeared during the run") {
  const Scratch scratch;
  Nobody nobody;
  ui::Report observer(nobody, scratch / "report.json");
  std::filesystem::create_symlink("elsewhere", scratch / "report.json");
  Run(observer).event(report::RunFinished{});
  CHECK_FALSE(failure(ErrorKind::storage, [&] { observer.check(); }).empty());
  CHECK(std::filesystem::is_symlink(scratch / "report.json"));
}

TEST_CASE("a report that cannot be created is an error at once") {
  const Scratch scratch;
  Nobody nobody;
  CHECK_FALSE(failure(ErrorKind::storage, [&] { ui::Report(nobody, scratch / "none/report.json"); }).empty());
}
