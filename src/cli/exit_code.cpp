// Each failure is reported once, as an error line and a hint, and decides the exit status. If the process cannot unwind
// (no memory, an exception in a noexcept function, a second signal), the handlers report it instead.

#include "acedt/cli/exit_code.hpp"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/engine/failure.hpp"
#include "acedt/ui/display.hpp"
#include "acedt/ui/text.hpp"

namespace acedt::cli {
namespace {

std::atomic<bool> as_json = false;

/// Returns an error as text for people, or as JSON.
std::string text_of(const ui::Cause& cause, int exit_status) {
  if (!as_json)
    return "Error: " + ui::printable(ui::cause_first(cause.text)) + '\n' +
           (cause.hint.empty() ? "" : "hint: " + ui::printable(cause.hint) + '\n');
  return R"({"time":")" + ui::rfc3339(std::chrono::system_clock::now()) + R"(","level":"ERROR","msg":")" +
         json_printable(ui::cause_first(cause.text)) + R"(","kind":")" + cause.kind + R"(","hint":")" +
         json_printable(cause.hint) + R"(","exit_status":)" + std::to_string(exit_status) + "}\n";
}

constexpr int some_failed = 3;

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage: return 2;
    case ErrorKind::unauthorized: return 4;
    case ErrorKind::not_found: return 5;
    case ErrorKind::transport:
    case ErrorKind::protocol:
    case ErrorKind::unreachable:
    case ErrorKind::unavailable: return 6;
    case ErrorKind::rate_limited: return 7;
    case ErrorKind::no_space: return 8;
    case ErrorKind::corrupt: return 9;
    case ErrorKind::locked: return 10;
    case ErrorKind::bad_input:
    case ErrorKind::storage:
    case ErrorKind::internal: break;
  }
  return 1;
}

ui::Cause cause_of(const report::Problem& problem) {
  return {std::string(name(problem.kind)), problem.text, problem.hint};
}

/// The exit status and what to say.
struct Ending {
  int exit_status = 0;
  std::vector<ui::Cause> causes;
};

Ending ending_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const engine::Interrupted& interrupted) {
    return {128 + interrupted.signal, {{"interrupted", interrupted.what(), "run the same command again to continue"}}};
  } catch (const engine::SomeFailed& failed) {
    Ending ending{some_failed, {}};
    for (const report::Problem& problem : failed.problems) ending.causes.push_back(cause_of(problem));
    return ending;
  } catch (...) {
    const report::Problem problem = engine::problem_of(as_error(std::current_exception()));
    return {exit_code(problem.kind), {cause_of(problem)}};
  }
}

/// Writes to the descriptor itself, without allocating memory, as there may be none.
void say_at_once(std::string_view text) {
  constexpr std::string_view clear = ui::clear_display;
  if (!as_json && ::isatty(STDERR_FILENO) == 1) std::ignore = ::write(STDERR_FILENO, clear.data(), clear.size());
  std::ignore = ::write(STDERR_FILENO, text.data(), text.size());
}

/// Only the first thread reports; the others wait for the end of the process.
[[noreturn]] void fail(std::string_view text) {
  static std::atomic_flag is_ending = ATOMIC_FLAG_INIT;
  while (is_ending.test_and_set()) ::pause();
  say_at_once(text);
  std::_Exit(1);
}

/// Does not throw: unwinding may need memory.
void out_of_memory() {
  if (!as_json) fail("Error: out of memory\nhint: give the process more memory, or reduce --memory or --connections\n");
  fail(R"({"level":"ERROR","msg":"out of memory","kind":"internal",)"
       R"("hint":"give the process more memory, or reduce --memory or --connections","exit_status":1})"
       "\n");
}

void terminated() {
  ui::Cause cause{"internal", "the program failed unexpectedly"};
  try {
    if (const auto failure = std::current_exception()) std::rethrow_exception(as_error(failure));
  } catch (const Error& error) {
    cause.text = error.what();
  }
  fail(text_of(cause, 1));
}

void interrupted() {
  if (as_json)
    say_at_once(R"({"level":"ERROR","msg":"interrupted","kind":"interrupted",)"
                R"("hint":"run the same command again to continue"})"
                "\n");
  else
    say_at_once("Error: interrupted\nhint: run the same command again to continue\n");
}

}  // namespace

int exit_code_of(const std::function<void()>& work, std::ostream& errors) {
  try {
    work();
    return 0;
  } catch (...) {
    const Ending ending = ending_of(std::current_exception());
    for (const ui::Cause& cause : ending.causes) errors << text_of(cause, ending.exit_status);
    return ending.exit_status;
  }
}

ui::RunEnd end_of(const std::exception_ptr& failure) {
  if (!failure) return {};
  Ending ending = ending_of(failure);
  ui::RunEnd end{.exit_status = ending.exit_status};
  if (ending.exit_status != some_failed) end.cause = std::move(ending.causes.front());
  return end;
}

void say_errors_as_json(bool is_on) {
  as_json = is_on;
}

void handle_emergencies() {
  std::set_new_handler(out_of_memory);
  std::set_terminate(terminated);
  std::at_quick_exit(interrupted);
}

}  // namespace acedt::cli
