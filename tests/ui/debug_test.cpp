#include "acedt/ui/debug.hpp"

#include "acedt/base/error.hpp"
#include "acedt/base/file.hpp"
#include "ui/run.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

#include <filesystem>

using namespace acedt;
using namespace acedt::testing;
using namespace std::chrono_literals;

namespace {

/// A folder that is not there yet, and is gone at the end.
class Folder {
 public:
  Folder() { std::filesystem::remove_all(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("acedt-debug-" + std::to_string(::getpid())) / "new";
};

const std::string digest = "sha256:" + std::string(64, 'a');

}  // namespace

TEST_CASE("events.jsonl has one object per event, with time and all fields") {
  const Folder folder;
  {
    ui::Debug debug(folder.path);
    Run run(debug);
    run.event(report::RunStarted{.rows = 3, .skipped = 1});
    run.wait(15ms);
    run.event(report::RowSkipped{"a \"b\"", "r/a\n\x1b", "000009-a \"b\".tar", "sha256:1"});
    run.event(report::RowDropped{"a", "r/old", 2, 5});
    run.event(report::ArtifactResolved{"a", "000001-a.tar", "r/a", some_digest, 2, 3, 44_B, 5, 66_B});
    run.event(report::BlobStored{"000001-a.tar", some_digest, 7_B, 6_B, 2});
    run.event(report::Retrying{"blob", "reset", 1500ms, 2, "r:5000"});
    run.event(report::HostPaused{"r:5000", 2s});
    run.event(report::HostRecovered{"r:5000"});
    run.event(report::ArchiveCommitted{"000001-a.tar", "r/a", some_digest, 8_B});
    run.event(report::Warning{"careful"});
    run.event(report::RowFailed{"b", "r/b", {ErrorKind::not_found, "404", "look"}, 3, true});
    run.event(report::RowLeft{"c", "r/c"});
    run.event(report::RunFinished{1, 2, 9_B, 10, 11_B, false});
  }
  CHECK(
      read_file(folder.path / "events.jsonl") ==
      R"({"time":0,"event":"run_started","rows":3,"skipped":1})"
      "\n"
      R"({"time":15,"event":"row_skipped","name":"a \"b\"","artifact":"r/a\n\u001b","archive":"000009-a \"b\".tar","digest":"sha256:1"})"
      "\n"
      R"({"time":15,"event":"row_dropped","name":"a","artifact":"r/old","line":2,"kept_line":5})"
      "\n"
      R"({"time":15,"event":"artifact_resolved","name":"a","archive":"000001-a.tar","artifact":"r/a","digest":")" +
          digest +
          R"(","manifests":2,"blobs":3,"size":44,"shared":5,"shared_size":66})"
          "\n"
          R"({"time":15,"event":"blob_stored","archive":"000001-a.tar","digest":")" +
          digest +
          R"(","size":7,"fetched":6,"attempts":2})"
          "\n"
          R"({"time":15,"event":"retrying","what":"blob","why":"reset","delay":1500,"attempt":2,"host":"r:5000"})"
          "\n"
          R"({"time":15,"event":"host_paused","host":"r:5000","pause":2000})"
          "\n"
          R"({"time":15,"event":"host_recovered","host":"r:5000"})"
          "\n"
          R"({"time":15,"event":"archive_committed","archive":"000001-a.tar","artifact":"r/a","digest":")" +
          digest +
          R"(","size":8,"needs":[]})"
          "\n"
          R"({"time":15,"event":"warning","text":"careful"})"
          "\n"
          R"({"time":15,"event":"row_failed","name":"b","artifact":"r/b","class":"not-found","why":"404","attempts":3,"passed_over":true})"
          "\n"
          R"({"time":15,"event":"row_left","name":"c","artifact":"r/c"})"
          "\n"
          R"({"time":15,"event":"run_finished","archives":1,"failed":2,"fetched":9,"requests":10,"shared_size":11,"complete":false,"recovered":0,"dependent":0})"
          "\n");
}

TEST_CASE("events.jsonl has the counters once a second") {
  const Folder folder;
  ui::Debug debug(folder.path);
  Run run(debug);
  run.counters.bytes_received = 1;
  run.counters.requests = 2;
  run.counters.bytes_planned = 3;
  run.counters.bytes_stored = 4;
  for (int i = 0; i < 10; ++i) {
    run.tick();
    run.wait(200ms);
  }
  const std::string counters =
      R"("event":"counters","bytes_received":1,"bytes_sent":0,"requests":2,"bytes_planned":3,"bytes_stored":4,"bytes_recovered":0})";
  CHECK(read_file(folder.path / "events.jsonl") == R"({"time":0,)" + counters + "\n{\"time\":1000," + counters + "\n");
}

TEST_CASE("check() throws if events could not be written") {
  const Folder folder;
  std::filesystem::create_directories(folder.path);
  std::filesystem::create_symlink("/dev/full", folder.path / "events.jsonl");
  ui::Debug debug(folder.path);
  Run(debug).event(report::Warning{"careful"});
  CHECK_THROWS_AS(debug.check(), Error);
}

TEST_CASE("a debug folder that cannot be created is an error at once") {
  CHECK_THROWS_WITH_AS(ui::Debug("/dev/null/folder"), "create /dev/null/folder: Not a directory", Error);
}
