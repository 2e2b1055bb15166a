#include "acedt/ui/display.hpp"

#include "acedt/base/file.hpp"
#include "ui/run.hpp"
#include "ui/screen.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <sstream>

using namespace acedt;
using namespace acedt::testing;
using namespace std::chrono_literals;

namespace {

/// A run that is shown on a screen.
class Shown {
 public:
  explicit Shown(std::size_t columns = 80) : size{columns, 24}, screen(columns) {}

  void event(report::What what) {
    run_.event(std::move(what));
    take();
  }
  void tick(std::chrono::milliseconds time = 200ms) {
    run_.wait(time);
    run_.tick();
    take();
  }
  void end() {
    terminal_.reset();
    take();
  }
  report::Counters& counters() { return run_.counters; }

  ui::TerminalSize size;
  Screen screen;
  std::string written;  // all of it

 private:
  void take() {
    written += out_.str();
    screen.write(out_.str());
    out_.str("");
  }

  std::ostringstream out_;
  std::unique_ptr<ui::Terminal> terminal_ = std::make_unique<ui::Terminal>(out_, [this] { return size; });
  Run run_{*terminal_};
};

const std::string started = "Started ↦ 2 artifacts, 0 of them already archived\n";

report::ArchiveCommitted committed() {
  return {.archive = "000001-a.tar", .artifact = "r/a", .digest = some_digest, .size = 9_B};
}

}  // namespace

TEST_CASE("the live display stays below the lines and is cleared at the end") {
  Shown shown;
  shown.event(report::RunStarted{.rows = 2});
  shown.tick();
  CHECK(shown.screen.text() ==
        started + "  ~0%     0 B/s  resolving    0 of 2 archives  [>                             ]\n");
  shown.event(committed());
  shown.tick();
  CHECK(shown.screen.text() == started +
                                   "000001-a.tar ↦ Completed r/a (9 B)\n"
                                   " ~50%     0 B/s  resolving    1 of 2 archives  [===============>              ]\n");
  shown.end();
  CHECK(shown.screen.text() == started + "000001-a.tar ↦ Completed r/a (9 B)\n");
}

TEST_CASE("the cursor waits at the beginning of the display, so that other output can clear it") {
  Shown shown;
  shown.event(report::RunStarted{.rows = 2});
  const std::string archive = "000001-a.tar";
  report::Transfers::Transfer transfer(shown.counters().transfers, archive, some_digest, 9_B);
  for (int i = 0; i < 10; ++i) shown.tick();
  CHECK(shown.screen.text().find("\n  000001-a.tar ") != std::string::npos);
  CHECK(shown.screen.row() == 1);
  shown.screen.write(std::string(ui::clear_display) + "an error\n");
  CHECK(shown.screen.text() == started + "an error\n");
  shown.tick();
  CHECK(shown.screen.text().starts_with(started + "an error\n  ~0%  "));
}

TEST_CASE("lines that come between two drawings are written with the next one, or at the end") {
  Shown shown;
  shown.event(report::RunStarted{.rows = 2});
  CHECK(shown.screen.text() == started);  // nothing is drawn yet
  shown.tick();
  const std::size_t before = shown.written.size();
  for (int i = 0; i < 100; ++i) shown.event(committed());
  CHECK(shown.written.size() == before);
  shown.event(report::RunFinished{.archives = 100, .complete = true});
  CHECK(shown.screen.text().find("(9 B)\nCompleted ↦ 100 archives in 0.2s; fetched") == std::string::npos);
  CHECK(shown.screen.text().find("(9 B)\nCompleted ↦ 100 archives in 200ms; fetched") != std::string::npos);
  CHECK(shown.screen.text().ends_with("not stored again\n"));
}

TEST_CASE("the display is drawn anew for each width of the window") {
  Shown shown(200);
  shown.event(report::RunStarted{.rows = 2});
  shown.tick();
  for (const std::size_t columns : {40U, 18U, 90U, 10U, 1U}) {
    shown.size.columns = columns;
    shown.screen.resize(columns);
    shown.tick();
    const std::string text = shown.screen.text();
    CAPTURE(text);
    const std::string last = text.substr(text.rfind('\n', text.size() - 2) + 1);
    CHECK(ui::length_of(last) <= columns + 1);
    CHECK(text.find('%') == text.rfind('%'));  // nothing is left of the rows before
  }
}

TEST_CASE("a display has fewer rows than the window") {
  Shown shown;
  const std::string archive = "a";
  std::vector<std::unique_ptr<report::Transfers::Transfer>> transfers;
  for (int i = 0; i < 5; ++i)
    transfers.push_back(
        std::make_unique<report::Transfers::Transfer>(shown.counters().transfers, archive, some_digest, 9_B));
  for (const auto& [rows, expected] : {std::pair(24U, 5), std::pair(12U, 3), std::pair(3U, 2), std::pair(1U, 1)}) {
    shown.size.rows = rows;
    for (int i = 0; i < 10; ++i) shown.tick();
    const std::string text = shown.screen.text();
    CHECK(std::ranges::count(text, '\n') == expected);
  }
}

TEST_CASE("a terminal that does not report its size has 80 columns and 24 rows") {
  for (const int descriptor : {-1, File::create("/dev/null").descriptor()}) {
    CHECK(ui::terminal_size(descriptor).columns == 80);
    CHECK(ui::terminal_size(descriptor).rows == 24);
  }
}
