#include "acedt/cli/exit_code.hpp"

#include "acedt/base/error.hpp"
#include "acedt/engine/failure.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <functional>
#include <regex>
#include <sstream>
#include <stdexcept>

using namespace acedt;

namespace {

/// While it exists, errors are written as JSON.
struct AsJson {
  AsJson() { cli::say_errors_as_json(true); }
  ~AsJson() { cli::say_errors_as_json(false); }
};

/// Returns what is written as JSON when `work` fails, without the times.
std::string said_as_json(const std::function<void()>& work) {
  const AsJson as_json;
  std::ostringstream errors;
  cli::exit_code_of(work, errors);
  return std::regex_replace(errors.str(), std::regex(R"("time":"\d{4}-\d\d-\d\dT[\d:]{8}\.\d{6}Z",)"), "");
}

}  // namespace

TEST_CASE("success is 0 and silent") {
  std::ostringstream errors;
  CHECK(cli::exit_code_of([] {}, errors) == 0);
  CHECK(errors.str().empty());
}

TEST_CASE("an error is told with its text on a line, and its remedy on another") {
  std::ostringstream errors;
  const auto fail = [] { throw Error(ErrorKind::storage, "write a: no").add("row 3").hint("do something"); };
  CHECK(cli::exit_code_of(fail, errors) == 1);
  CHECK(errors.str() == "Error: row 3: write a: no\nhint: do something\n");
}

TEST_CASE("scripts can tell errors by the exit code") {
  const std::pair<ErrorKind, int> table[] = {
      {ErrorKind::usage, 2},        {ErrorKind::bad_input, 1},   {ErrorKind::not_found, 5},
      {ErrorKind::unauthorized, 4}, {ErrorKind::unavailable, 6}, {ErrorKind::rate_limited, 7},
      {ErrorKind::transport, 6},    {ErrorKind::unreachable, 6}, {ErrorKind::corrupt, 9},
      {ErrorKind::storage, 1},      {ErrorKind::no_space, 8},    {ErrorKind::locked, 10},
      {ErrorKind::internal, 1},     {ErrorKind::protocol, 6},
  };
  for (const auto& [kind, code] : table) {
    std::ostringstream errors;
    CHECK(cli::exit_code_of([kind = kind] { throw Error(kind, "x"); }, errors) == code);
  }
}

TEST_CASE("an error of a registry cannot play with the terminal") {
  std::ostringstream errors;
  CHECK(cli::exit_code_of([] { throw Error(ErrorKind::bad_input, "\x1b[31mred\nError: fake"); }, errors) == 1);
  CHECK(errors.str() == "Error: ?[31mred?Error: fake\n");
}

TEST_CASE("an exception that is no Error is reported as one") {
  std::ostringstream errors;
  CHECK(cli::exit_code_of([] { throw std::runtime_error("why"); }, errors) == 1);
  CHECK(cli::exit_code_of([] { throw 42; }, errors) == 1);
  CHECK(errors.str().starts_with("Error: why\nhint: run the same command again"));
  CHECK(errors.str().find("Error: an exception of unknown type\nhint: ") != std::string::npos);
}

TEST_CASE("an interrupted run exits with the signal's status, and tells how to continue") {
  std::ostringstream errors;
  CHECK(cli::exit_code_of([] { throw engine::Interrupted(SIGINT); }, errors) == 130);
  CHECK(cli::exit_code_of([] { throw engine::Interrupted(SIGTERM); }, errors) == 143);
  CHECK(errors.str().starts_with("Error: interrupted\nhint: run the same command again"));
}

TEST_CASE("an error is one JSON object in a line if the log is JSON") {
  CHECK(said_as_json([] { throw Error(ErrorKind::storage, "write \"a\"\n: no").hint("do\x1b"); }) ==
        R"({"level":"ERROR","msg":"write \"a\"\n: no","kind":"storage","hint":"do\u001b","exit_status":1})"
        "\n");
  const auto lack = [] { throw Error(ErrorKind::not_found, "app: GET http://r.example/v2/: 404 Not Found"); };
  CHECK(said_as_json(lack) == R"js({"level":"ERROR","msg":"404 Not Found (app: GET http://r.example/v2/)",)js"
                              R"js("kind":"not-found","hint":"","exit_status":5})js"
                              "\n");
  CHECK(said_as_json([] { throw engine::Interrupted(SIGTERM); }) ==
        R"({"level":"ERROR","msg":"interrupted","kind":"interrupted",)"
        R"("hint":"run the same command again to continue","exit_status":143})"
        "\n");
  const auto fail = [] { throw engine::SomeFailed({{ErrorKind::not_found, "a", ""}, {ErrorKind::corrupt, "b", ""}}); };
  CHECK(said_as_json(fail) == R"({"level":"ERROR","msg":"a","kind":"not-found","hint":"","exit_status":3})"
                              "\n"
                              R"({"level":"ERROR","msg":"b","kind":"corrupt","hint":"","exit_status":3})"
                              "\n");
}

TEST_CASE("a report names what ended the run, unless it continued after what failed") {
  const ui::RunEnd locked = cli::end_of(std::make_exception_ptr(Error(ErrorKind::locked, "busy").hint("wait")));
  CHECK(locked.exit_status == 10);
  REQUIRE(locked.cause);
  CHECK(locked.cause->kind == "locked");
  CHECK(locked.cause->text == "busy");
  CHECK(locked.cause->hint == "wait");
  const ui::RunEnd some = cli::end_of(std::make_exception_ptr(engine::SomeFailed({{ErrorKind::corrupt, "b", ""}})));
  CHECK(some.exit_status == 3);
  CHECK_FALSE(some.cause);
  const ui::RunEnd none = cli::end_of(nullptr);
  CHECK(none.exit_status == 0);
  CHECK_FALSE(none.cause);
}
