#include "acedt/ui/display.hpp"

#include "ui/run.hpp"

#include <doctest/doctest.h>

#include <sstream>
#include <vector>

using namespace acedt;
using namespace acedt::testing;

namespace {

/// What is logged at `threshold`, and shown, when a row is skipped and a warning given.
std::vector<std::string> logged(LogLevel threshold, bool warnings) {
  std::vector<std::string> out;
  const Log log(
      threshold, [&](std::string_view line) { out.emplace_back(line); }, [] { return "now"; });
  std::ostringstream shown;
  ui::Lines lines(shown);
  ui::Logged observer(lines, log, warnings);
  Run run(observer);
  run.event(report::RowSkipped{"old", "r/old:1"});
  run.event(report::Warning{"careful"});
  CHECK(shown.str() == "Warning ↦ careful\n");
  return out;
}

const std::string skipped =
    R"({"time":"now","level":"INFO","msg":"already archived","name":"old","artifact":"r/old:1"})";
const std::string warning = R"({"time":"now","level":"WARN","msg":"careful"})";

}  // namespace

TEST_CASE("skipped rows are logged at level info") {
  CHECK(logged(LogLevel::info, false) == std::vector{skipped});
  CHECK(logged(LogLevel::warn, false).empty());
}

TEST_CASE("warnings are logged if the display is silent") {
  CHECK(logged(LogLevel::info, true) == std::vector{skipped, warning});
  CHECK(logged(LogLevel::warn, true) == std::vector{warning});
  CHECK(logged(LogLevel::error, true).empty());
}

TEST_CASE("each failed attempt is logged at level debug") {
  const report::Retrying retry{"blob sha256:aa", "503", std::chrono::milliseconds(1500), 2, "r.example"};
  for (const auto& [level, count] : {std::pair(LogLevel::info, 0U), std::pair(LogLevel::debug, 3U)}) {
    std::vector<std::string> out;
    const Log log(
        level, [&](std::string_view line) { out.emplace_back(line); }, [] { return "now"; });
    ui::Quiet quiet;
    ui::Logged observer(quiet, log, false);
    Run run(observer);
    for (int i = 0; i < 3; ++i) run.event(retry);
    REQUIRE(out.size() == count);
    if (count == 0) continue;
    CHECK(
        out.back() ==
        R"({"time":"now","level":"DEBUG","msg":"attempt failed","what":"blob sha256:aa","why":"503","attempt":"2","delay":"1.5s"})");
  }
}
