#include "acedt/cli/exit_code.hpp"

#include "acedt/base/error.hpp"
#include "acedt/engine/failure.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <sstream>
#include <stdexcept>

using namespace acedt;

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
  CHECK(errors.str() == "Error: why\nError: an exception of unknown type\n");
}

TEST_CASE("an interrupted run exits with the signal's status, and tells how to continue") {
  std::ostringstream errors;
  CHECK(cli::exit_code_of([] { throw engine::Interrupted(SIGINT); }, errors) == 130);
  CHECK(cli::exit_code_of([] { throw engine::Interrupted(SIGTERM); }, errors) == 143);
  CHECK(errors.str().starts_with("Error: interrupted\nhint: run the same command again"));
}
