#include "acedt/base/log.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace acedt;

namespace {

/// Returns the lines that one message of each level yields.
std::vector<std::string> lines_at(LogLevel threshold) {
  std::vector<std::string> lines;
  const Log log(
      threshold, [&](std::string_view line) { lines.emplace_back(line); }, [] { return "now"; });
  log.debug("d");
  log.info("i");
  log.warn("w");
  log.error("e");
  return lines;
}

}  // namespace

TEST_CASE("a line of the log is a JSON object with time, level, message and the fields in order") {
  std::string got;
  const Log log(
      LogLevel::debug, [&](std::string_view line) { got += line; }, [] { return "2024-05-06T07:08:09Z"; });
  log.info("took a \"blob\"\n", {{"digest", "sha256:aa"}, {"a\tkey", "a<b"}, {"empty", ""}});
  CHECK(got == R"({"time":"2024-05-06T07:08:09Z","level":"INFO","msg":"took a \"blob\"\n","digest":"sha256:aa",)"
               R"("a\tkey":"a\u003cb","empty":""})");
}

TEST_CASE("lines less important than the threshold are dropped") {
  const std::string error = R"({"time":"now","level":"ERROR","msg":"e"})";
  const std::string warn = R"({"time":"now","level":"WARN","msg":"w"})";
  const std::string info = R"({"time":"now","level":"INFO","msg":"i"})";
  const std::string debug = R"({"time":"now","level":"DEBUG","msg":"d"})";
  CHECK(lines_at(LogLevel::error) == std::vector<std::string>{error});
  CHECK(lines_at(LogLevel::warn) == std::vector<std::string>{warn, error});
  CHECK(lines_at(LogLevel::info) == std::vector<std::string>{info, warn, error});
  CHECK(lines_at(LogLevel::debug) == std::vector<std::string>{debug, info, warn, error});
}

TEST_CASE("a threshold between two levels selects the lower one's lines") {
  CHECK(lines_at(LogLevel{0}).size() == 1);
  CHECK(lines_at(LogLevel{3}).size() == 1);
  CHECK(lines_at(LogLevel{7}).size() == 2);
  CHECK(lines_at(LogLevel{11}).size() == 3);
  CHECK(lines_at(LogLevel{99}).size() == 4);
}

TEST_CASE("wants() tells whether a line would be written") {
  const Log log(
      LogLevel::warn, [](std::string_view) {}, [] { return ""; });
  CHECK(log.wants(LogLevel::error));
  CHECK(log.wants(LogLevel::warn));
  CHECK_FALSE(log.wants(LogLevel::info));
  CHECK_FALSE(log.wants(LogLevel::debug));
}

TEST_CASE("a log line contains no control characters for a terminal") {
  std::string got;
  const Log log(
      LogLevel::debug, [&](std::string_view line) { got += line; }, [] { return "now"; });
  log.warn("\x1b[2J\u009b2J", {{"k", "\x7f"}});
  CHECK(got == R"({"time":"now","level":"WARN","msg":"\u001b[2J\u009b2J","k":"\u007f"})");
}
