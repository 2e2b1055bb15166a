#include "acedt/ui/display.hpp"

#include "acedt/base/file.hpp"
#include "ui/run.hpp"

#include <doctest/doctest.h>

#include <sstream>

using namespace acedt;
using namespace acedt::testing;
using namespace std::chrono_literals;

namespace {

/// What is on the screen when `text` was written: lines, the last without its end.
std::string screen(const std::string& text) {
  std::string shown;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::size_t line = shown.rfind('\n') + 1;  // npos + 1 is 0
    if (text.compare(at, 4, ui::clear_line) == 0) {
      shown.erase(line);
      at += 3;
    } else {
      shown += text[at];
    }
  }
  return shown;
}

}  // namespace

TEST_CASE("the status line stays below the others and is cleared at the end") {
  std::ostringstream out;
  {
    ui::Terminal terminal(out, [] { return std::size_t{80}; });
    Run run(terminal);
    run.event(report::RunStarted{.rows = 2});
    run.tick();
    CHECK(screen(out.str()) ==
          "Started ↦ 2 artifacts, 0 of them already archived\n[0 of 2 archives] 0 B of 0 B (0.0%) 0 B/s");
    run.event(report::BlobStored{.archive = "000001-a.tar", .digest = some_digest});
    run.event(
        report::ArchiveCommitted{.archive = "000001-a.tar", .artifact = "r/a", .digest = some_digest, .size = 9_B});
    CHECK(screen(out.str()) ==
          "Started ↦ 2 artifacts, 0 of them already archived\n000001-a.tar ↦ Completed r/a (9 B)\n"
          "[1 of 2 archives] 0 B of 0 B (0.0%) 0 B/s");
  }
  CHECK(screen(out.str()) == "Started ↦ 2 artifacts, 0 of them already archived\n000001-a.tar ↦ Completed r/a (9 B)\n");
}

TEST_CASE("the summary is the last line of a live display") {
  std::ostringstream out;
  {
    ui::Terminal terminal(out, [] { return std::size_t{80}; });
    Run run(terminal);
    run.tick();
    run.event(report::RunFinished{.archives = 1, .complete = true});
  }
  CHECK(screen(out.str()).starts_with("Completed ↦ 1 archive in 0s;"));
  CHECK(out.str().ends_with("not stored again\n"));
}

TEST_CASE("the status line is cut to the current width of the window") {
  std::ostringstream out;
  std::size_t columns = 10;
  ui::Terminal terminal(out, [&] { return columns; });
  Run run(terminal);
  run.tick();
  CHECK(screen(out.str()) == "[0 of 0 a");
  columns = 0;
  run.tick();
  CHECK(screen(out.str()).empty());
  columns = 18;
  run.tick();
  CHECK(screen(out.str()) == "[0 of 0 archives]");
}

TEST_CASE("a terminal that does not report its size has 80 columns") {
  CHECK(ui::terminal_columns(-1) == 80);
  CHECK(ui::terminal_columns(File::create("/dev/null").descriptor()) == 80);
}
