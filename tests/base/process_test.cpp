#include "acedt/base/process.hpp"

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "support/failure.hpp"

#include <doctest/doctest.h>

#include <csignal>

using namespace acedt;
using namespace std::chrono_literals;
using testing::failure;

namespace {

constexpr auto long_enough = 60s;  // never expected

ProcessResult run(const std::vector<std::string>& command, std::string_view input = "") {
  return run_program(command, input, long_enough).value();
}

}  // namespace

TEST_CASE("a program reads its input, and what it writes is kept apart") {
  const ProcessResult result = run({"sh", "-c", "cat; echo oops >&2; exit 3"}, "given");
  CHECK(result.output == "given");
  CHECK(result.errors == "oops\n");
  CHECK(result.status == 3);
}

TEST_CASE("no shell sees the arguments") {
  CHECK(run({"printf", "%s|", "$HOME", "a b", ";", ""}).output == "$HOME|a b|;||");
}

TEST_CASE("input and output may be larger than a pipe") {
  const std::string text(1 << 20, 'x');
  CHECK(run({"cat"}, text).output == text);
  CHECK(run({"true"}, text).output.empty());
}

TEST_CASE("a program that is not there is no error") {
  CHECK_FALSE(run_program({"acedt-no-such-program"}, "", long_enough));
}

TEST_CASE("a program that cannot be started is one") {
  CHECK(failure(ErrorKind::storage, [] { run({"/etc"}); }) == "start /etc: Permission denied");
}

TEST_CASE("a program that was killed says by what") {
  CHECK(run({"sh", "-c", "kill -TERM $$"}).status == 128 + 15);
}

TEST_CASE(
    "a program that writes to a closed pipe, or too large a file, is killed although this one ignores such signals") {
  for (const int signal : {SIGPIPE, SIGXFSZ}) {
    const auto before = std::signal(signal, SIG_IGN);
    CHECK(run({"sh", "-c", "kill -" + std::to_string(signal) + " $$"}).status == 128 + signal);
    std::signal(signal, before);
  }
}

TEST_CASE("a program that takes too long is killed") {
  CHECK(failure(ErrorKind::storage, [] { run_program({"sleep", "60"}, "", 20ms); }) == "sleep takes longer than 20ms");
}

TEST_CASE("a program that writes without end is killed") {
  CHECK(failure(ErrorKind::storage, [] { run({"yes"}); }) == "yes writes more than 1 MiB");
}

TEST_CASE("what a program leaves behind is not waited for") {
  const auto pid = to_number(trim(run({"sh", "-c", "sleep 60 & echo $!"}).output));
  REQUIRE(pid);
  CHECK(::kill(static_cast<pid_t>(*pid), SIGKILL) == 0);  // it still had the pipes open
}
