#include "acedt/ui/metrics.hpp"

#include "acedt/base/file.hpp"
#include "support/failure.hpp"
#include "support/faulty_disk.hpp"
#include "support/scratch.hpp"
#include "ui/run.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>

using namespace acedt;
using namespace acedt::testing;
using namespace std::chrono_literals;

namespace fs = std::filesystem;

namespace {

constexpr std::string_view whole_text = R"(# HELP ace_dt_build_info The version of ace-dt that ran; always 1.
# TYPE ace_dt_build_info gauge
ace_dt_build_info{command="batch-serialize",folder="/srv/sync",version="1.2.3"} 1
# HELP ace_dt_last_success_timestamp_seconds When the last run that succeeded ended, since 1970; 0 if there was none.
# TYPE ace_dt_last_success_timestamp_seconds gauge
ace_dt_last_success_timestamp_seconds{command="batch-serialize",folder="/srv/sync"} 1770000000.5
# HELP ace_dt_last_run_timestamp_seconds When the last run ended, since 1970.
# TYPE ace_dt_last_run_timestamp_seconds gauge
ace_dt_last_run_timestamp_seconds{command="batch-serialize",folder="/srv/sync"} 1770091568.345
# HELP ace_dt_last_run_success Whether the last run succeeded: 1 if its exit status was 0, else 0.
# TYPE ace_dt_last_run_success gauge
ace_dt_last_run_success{command="batch-serialize",folder="/srv/sync"} 0
# HELP ace_dt_last_run_exit_status The exit status of the last run.
# TYPE ace_dt_last_run_exit_status gauge
ace_dt_last_run_exit_status{command="batch-serialize",folder="/srv/sync"} 3
# HELP ace_dt_last_run_duration_seconds How long the last run took.
# TYPE ace_dt_last_run_duration_seconds gauge
ace_dt_last_run_duration_seconds{command="batch-serialize",folder="/srv/sync"} 62.345
# HELP ace_dt_last_run_rows Rows of the list, or archives that were to be pushed or checked, by what became of them.
# TYPE ace_dt_last_run_rows gauge
ace_dt_last_run_rows{command="batch-serialize",folder="/srv/sync",state="done"} 1
ace_dt_last_run_rows{command="batch-serialize",folder="/srv/sync",state="skipped"} 2
ace_dt_last_run_rows{command="batch-serialize",folder="/srv/sync",state="failed"} 3
ace_dt_last_run_rows{command="batch-serialize",folder="/srv/sync",state="left"} 4
ace_dt_last_run_rows{command="batch-serialize",folder="/srv/sync",state="dropped"} 5
# HELP ace_dt_last_run_failures Failures, by kind: rows that failed, or what ended the run.
# TYPE ace_dt_last_run_failures gauge
ace_dt_last_run_failures{command="batch-serialize",folder="/srv/sync",kind="bad-input"} 0
ace_dt_last_run_failures{command="batch-serialize",folder="/srv/sync",kind="corrupt"} 0
ace_dt_last_run_failures{command="batch-serialize",folder="/srv/sync",kind="internal"} 0
ace_dt_last_run_failures{command="batch-serialize",folder="/srv/sync",kind="interrupted"} 0
ace_dt_last_run_failures{command="batch-serialize",folder="/srv/sync",kind="locked"} 0
ace_dt_last_run_failures{command="batch-serialize",folder="/srv/sync",kind="no-space"} 0
ace_dt_last_run_failures{command="batch-serialize",folder="/srv/sync",kind="not-found"} 3
ace_dt_last_run_failures{command="batch-serialize",folder="/srv/sync",kind="protocol"} 0
ace_dt_last_run_failures{command="batch-serialize",folder="/srv/sync",kind="rate-limited"} 0
ace_dt_last_run_failures{command="batch-serialize",folder="/srv/sync",kind="storage"} 0
ace_dt_last_run_failures{command="batch-serialize",folder="/srv/sync",kind="transport"} 0
ace_dt_last_run_failures{command="batch-serialize",folder="/srv/sync",kind="unauthorized"} 0
ace_dt_last_run_failures{command="batch-serialize",folder="/srv/sync",kind="unavailable"} 0
ace_dt_last_run_failures{command="batch-serialize",folder="/srv/sync",kind="unreachable"} 0
ace_dt_last_run_failures{command="batch-serialize",folder="/srv/sync",kind="usage"} 0
# HELP ace_dt_last_run_blobs Blobs that were stored in archives, sent or checked.
# TYPE ace_dt_last_run_blobs gauge
ace_dt_last_run_blobs{command="batch-serialize",folder="/srv/sync"} 6
# HELP ace_dt_last_run_stored_bytes Size of the archives that the last run made.
# TYPE ace_dt_last_run_stored_bytes gauge
ace_dt_last_run_stored_bytes{command="batch-serialize",folder="/srv/sync"} 7
# HELP ace_dt_last_run_received_bytes Bodies received from registries.
# TYPE ace_dt_last_run_received_bytes gauge
ace_dt_last_run_received_bytes{command="batch-serialize",folder="/srv/sync"} 8
# HELP ace_dt_last_run_sent_bytes Bodies sent to registries.
# TYPE ace_dt_last_run_sent_bytes gauge
ace_dt_last_run_sent_bytes{command="batch-serialize",folder="/srv/sync"} 9
# HELP ace_dt_last_run_requests HTTP requests made.
# TYPE ace_dt_last_run_requests gauge
ace_dt_last_run_requests{command="batch-serialize",folder="/srv/sync"} 10
# HELP ace_dt_last_run_retries Attempts that failed and were repeated.
# TYPE ace_dt_last_run_retries gauge
ace_dt_last_run_retries{command="batch-serialize",folder="/srv/sync"} 11
# HELP ace_dt_last_run_paused_seconds For how long registries asked for a pause (Retry-After, mostly with 429 or 503), of all hosts.
# TYPE ace_dt_last_run_paused_seconds gauge
ace_dt_last_run_paused_seconds{command="batch-serialize",folder="/srv/sync"} 1.050
)";

std::string last_success_of(const ui::RunStart& start, const fs::path& file) {
  return ui::last_success_in(read_file(file), start);
}

}  // namespace

TEST_CASE("the metrics of a run") {
  const ui::Totals totals{.done = 1,
                          .skipped = 2,
                          .failed = 3,
                          .left = 4,
                          .dropped = 5,
                          .blobs = 6,
                          .stored = 7_B,
                          .received = 8_B,
                          .sent = 9_B,
                          .requests = 10,
                          .retries = 11,
                          .paused = 1050ms,
                          .failures = {{"not-found", 3}}};
  CHECK(ui::metrics_of(start_of_run(), end_of_run(62345ms, 3), totals, "1770000000.5") == whole_text);
}

TEST_CASE("labels are escaped, and the destination and the shard are among them if there are any") {
  ui::RunStart start = start_of_run();
  start.folder = "/a \"b\"\\c\nd\x1b\xff";
  start.destination = "r.example/b";
  start.shard = "1/2";
  const std::string text = ui::metrics_of(start, end_of_run(1s, 0), {}, "0");
  const std::string labels =
      R"({command="batch-serialize",folder="/a \"b\"\\c\nd??",destination="r.example/b",shard="1/2"} )";
  CHECK(text.find("\nace_dt_last_run_success" + labels + "1\n") != text.npos);
  CHECK(ui::last_success_in(text, start) == "1770091507.000");
  CHECK(ui::last_success_in(text, start_of_run()) == "0");
}

TEST_CASE("the time of the last success survives runs that fail") {
  const Scratch scratch;
  const ui::RunStart start = start_of_run();
  const fs::path file = scratch / "a.prom";
  ui::write_metrics(file, start, end_of_run(1s, 6), {});
  CHECK(last_success_of(start, file) == "0");
  ui::write_metrics(file, start, end_of_run(2s, 0), {});
  CHECK(last_success_of(start, file) == "1770091508.000");
  ui::write_metrics(file, start, end_of_run(3s, 6), {});
  CHECK(last_success_of(start, file) == "1770091508.000");
  CHECK(
      read_file(file).find("last_run_timestamp_seconds{command=\"batch-serialize\",folder=\"/srv/sync\"} 1770091509") !=
      std::string::npos);
}

TEST_CASE("what is no time of a success counts as none") {
  const std::string name = "\nace_dt_last_success_timestamp_seconds";
  const std::string labels = R"({command="batch-serialize",folder="/srv/sync"} )";
  for (const std::string value : {"", "\n", "NaN", "-1", "1e9", "1.2.3", ".5", "1 2", "123456789012345678901"})
    CHECK_MESSAGE(ui::last_success_in(name + labels + value, start_of_run()) == "0", value);
  CHECK(ui::last_success_in(name + labels + "17.5\n", start_of_run()) == "17.5");
  CHECK(ui::last_success_in(name + "{} 17.5\n", start_of_run()) == "0");
}

TEST_CASE("all may read the file, nothing else is left, and a link stays one") {
  const Scratch scratch;
  fs::create_directory(scratch / "textfile");
  fs::create_symlink("textfile/a.prom", scratch / "a.prom");
  const mode_t before = ::umask(0077);
  ui::write_metrics(scratch / "a.prom", start_of_run(), end_of_run(1s, 0), {});
  ::umask(before);
  CHECK(fs::is_symlink(scratch / "a.prom"));
  CHECK(fs::status(scratch / "textfile/a.prom").permissions() == fs::perms(0644));
  CHECK(std::distance(fs::directory_iterator(scratch / "textfile"), {}) == 1);
}

TEST_CASE("if the disk fails, the earlier file stays, and nothing beside it") {
  const Scratch scratch;
  scratch.file("a.prom", "earlier");
  for (const Disk::Call call : {Disk::Call::open, Disk::Call::write, Disk::Call::sync, Disk::Call::rename}) {
    const FaultyDisk disk(FaultyDisk::always(call, EIO));
    const auto write = [&] { ui::write_metrics(scratch / "a.prom", start_of_run(), end_of_run(1s, 0), {}, disk); };
    CHECK_FALSE(failure(ErrorKind::storage, write).empty());
    CHECK(read_file(scratch / "a.prom") == "earlier");
    CHECK(std::distance(fs::directory_iterator(scratch.path()), {}) == 1);
  }
}

TEST_CASE("a file that node_exporter would not read is refused before the run") {
  const Scratch scratch;
  fs::create_directory(scratch / "folder.prom");
  fs::create_symlink("/dev/null", scratch / "null.prom");
  for (const char* name : {"metrics.txt", "metrics.prom.new", "folder.prom", "null.prom", "none/a.prom"}) {
    const auto check = [&] { ui::check_metrics_file(scratch / name); };
    CHECK_MESSAGE(!failure(ErrorKind::usage, check).empty(), name);
  }
  ui::check_metrics_file(scratch / "new.prom");
  scratch.file("old.prom", "");
  ui::check_metrics_file(scratch / "old.prom");
}
