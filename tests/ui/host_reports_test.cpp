#include "acedt/ui/display.hpp"

#include "ui/run.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

using namespace acedt;
using namespace acedt::testing;
using namespace std::chrono_literals;

namespace {

/// What Lines writes in a run.
class Written {
 public:
  Written() { run.event(report::RunStarted{.rows = 100}), out_.str(""); }

  void passes(std::chrono::seconds time) {
    for (auto left = time; left > 0s; left -= 1s) {
      run.wait(1s);
      run.tick();
    }
  }
  void fails(int attempt = 1) {
    run.event(report::Retrying{"blob " + some_digest.text(),
                               "GET http://r.example/v2/a/blobs/" + some_digest.text() + ": connection refused", 1503ms,
                               attempt, "r.example"});
  }
  void answers() { run.event(report::HostRecovered{"r.example"}); }
  /// What was written since the last call, without the status.
  std::string text() {
    std::istringstream written(out_.str());
    std::string text;
    for (std::string line; std::getline(written, line);)
      if (!line.starts_with("status ↦ ")) text += line + '\n';
    out_.str("");
    return text;
  }

 private:
  std::ostringstream out_;
  ui::Lines lines_{out_};

 public:
  Run run{lines_};
};

const std::string first = "r.example ↦ connection refused; blob " + some_digest.text() + " is tried again in 1.5s\n";

}  // namespace

TEST_CASE("a registry that is down for ten seconds gives one line, and one when it is back") {
  Written written;
  for (int second = 0; second < 10; ++second) {
    for (int i = 0; i < 32; ++i) written.fails();
    written.passes(1s);
  }
  CHECK(written.text() == first);
  written.answers();
  written.passes(5s);
  CHECK(written.text() == "r.example ↦ answers again after 10s and 320 failed attempts\n");
  written.passes(100s);
  CHECK(written.text().empty());
}

TEST_CASE("a single failed attempt gives one line") {
  Written written;
  written.fails();
  written.answers();
  written.passes(100s);
  CHECK(written.text() == first);
}

TEST_CASE("a registry that stays down gives a line a minute") {
  Written written;
  for (int i = 0; i < 180; ++i) {
    written.fails();
    written.passes(1s);
  }
  const std::string more = "r.example ↦ 60 more attempts failed; the last one: connection refused\n";
  CHECK(written.text() ==
        first + "r.example ↦ 59 more attempts failed; the last one: connection refused\n" + more + more);
}

TEST_CASE("a registry that answers some requests only gives few lines") {
  Written written;
  for (int i = 0; i < 600; ++i) {
    written.fails();
    written.answers();
    written.passes(1s);
  }
  const std::string text = written.text();
  CHECK(std::ranges::count(text, '\n') == 11);
}

TEST_CASE("failures that were not told are told at the end") {
  Written written;
  for (int i = 0; i < 5; ++i) written.fails();
  written.run.event(report::RunFinished{});
  CHECK(written.text().starts_with(first +
                                   "r.example ↦ 4 more attempts failed; the last one: connection refused\nIncomplete"));
}

TEST_CASE("a pause that a registry asks for gives one line, as does each minute of them") {
  Written written;
  for (int i = 0; i < 12; ++i) {
    written.run.event(report::HostPaused{"r.example", 10s});
    written.fails();
    written.passes(10s);
  }
  const std::string pause = "r.example ↦ asks for a pause of 10s; until then, no requests are sent to it\n";
  const std::string text = written.text();
  CHECK(text.starts_with(pause));
  CHECK(std::ranges::count(text, '\n') <= 4);
}

TEST_CASE("a digest is in a line once") {
  Written written;
  const std::string wrong = "got sha256:bb, want " + some_digest.text();
  written.run.event(report::Retrying{"blob " + some_digest.text(), wrong, 1s, 1, ""});
  CHECK(written.text() == "Retrying ↦ " + wrong + "; it is tried again in 1s\n");
  const std::string failed =
      "list.csv:2: a: blob " + some_digest.text() + ": GET http://r/v2/a/blobs/" + some_digest.text() + ": 404: gone";
  written.run.event(report::RowFailed{.name = "a", .problem = {.text = failed}, .passed_over = true});
  CHECK(written.text() ==
        "a ↦ Failed: 404: gone (list.csv:2: a: GET http://r/v2/a/blobs/" + some_digest.text() + ")\n");
}
