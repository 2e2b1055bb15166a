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

constexpr auto long_enough = 60s;  // never reached

ProcessResult run(const std::vector<std::string>& command, std::string_view input = "") {
  return run_program(command, input, long_enough).value();
}

}  // namespace

TEST_CASE("a program reads its input, and its two output streams are kept apart") {
  const ProcessResult result = run({"sh", "-c", "cat; echo oops >&2; exit 3"}, "given");
  CHECK(result.output == "given");
  CHECK(result.errors == "oops\n");
  CHECK(result.status == 3);
}

TEST_CASE("arguments are not interpreted by a shell") {
  CHECK(run({"printf", "%s|", "$HOME", "a b", ";", ""}).output == "$HOME|a b|;||");
}

TEST_CASE("input and output may be larger than a pipe") {
  const std::string text(1 << 20, 'x');
  CHECK(run({"cat"}, text).output == text);
  CHECK(run({"true"}, text).output.empty());
}

TEST_CASE("a missing program is nullopt, not an error") {
  CHECK_FALSE(run_program({"acedt-no-such-program"}, "", long_enough));
}

TEST_CASE("a program that cannot be started is an error") {
  CHECK(failure(ErrorKind::storage, [] { run({"/etc"}); }) == "start /etc: Permission denied");
}

TEST_CASE("the status of a killed program names the signal") {
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

TEST_CASE("a program that exceeds its time limit is killed") {
  CHECK(failure(ErrorKind::storage, [] { run_program({"sleep", "60"}, "", 20ms); }) == "sleep took longer than 20ms");
}

TEST_CASE("a program that writes too much is killed") {
  CHECK(failure(ErrorKind::storage, [] { run({"yes"}); }) == "yes wrote more than 1 MiB");
}

TEST_CASE("processes that the program leaves running are not waited for") {
  const auto pid = to_number(trim(run({"sh", "-c", "sleep 60 & echo $!"}).output));
  REQUIRE(pid);
  CHECK(::kill(static_cast<pid_t>(*pid), SIGKILL) == 0);  // it still had the pipes open
}
