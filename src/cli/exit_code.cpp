// Each failure is reported once, as an error line and a hint, and decides the exit status. If the process cannot unwind
// (no memory, an exception in a noexcept function, a second signal), the handlers report it instead.

#include "acedt/cli/exit_code.hpp"

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <tuple>

#include "acedt/base/error.hpp"
#include "acedt/engine/failure.hpp"
#include "acedt/ui/display.hpp"

namespace acedt::cli {
namespace {

void say(std::ostream& errors, const std::string& what, const std::string& hint) {
  errors << "Error: " + ui::printable(what) + '\n' + (hint.empty() ? "" : "hint: " + ui::printable(hint) + '\n');
}

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

/// Reports the failure. Returns its exit status.
int say_why(const std::exception_ptr& failure, std::ostream& errors) {
  try {
    std::rethrow_exception(as_error(failure));
  } catch (const Error& error) {
    say(errors, error.what(), error.hint());
    return exit_code(error.kind());
  }
}

/// Writes to the descriptor itself, without allocating memory, as there may be none.
void say_at_once(std::string_view text) {
  constexpr std::string_view clear = ui::clear_display;
  if (::isatty(STDERR_FILENO) == 1) std::ignore = ::write(STDERR_FILENO, clear.data(), clear.size());
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
  fail("Error: out of memory\nhint: give the process more memory, or reduce --memory or --connections\n");
}

void terminated() {
  std::string text = "Error: the program failed unexpectedly\n";
  try {
    if (const auto failure = std::current_exception()) std::rethrow_exception(as_error(failure));
  } catch (const Error& error) {
    text = "Error: " + ui::printable(error.what()) + '\n';
  }
  fail(text);
}

void interrupted() {
  say_at_once("Error: interrupted\nhint: run the same command again to continue\n");
}

}  // namespace

int exit_code_of(const std::function<void()>& work, std::ostream& errors) {
  try {
    work();
    return 0;
  } catch (const engine::Interrupted& interrupted) {
    say(errors, interrupted.what(), "run the same command again to continue");
    return 128 + interrupted.signal;
  } catch (const engine::SomeFailed& failed) {
    for (const report::Problem& problem : failed.problems) say(errors, problem.text, problem.hint);
    return 3;
  } catch (...) {
    return say_why(std::current_exception(), errors);
  }
}

void handle_emergencies() {
  std::set_new_handler(out_of_memory);
  std::set_terminate(terminated);
  std::at_quick_exit(interrupted);
}

}  // namespace acedt::cli
