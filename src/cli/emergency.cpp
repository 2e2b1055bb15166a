#include "cli/emergency.hpp"

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <tuple>

#include "acedt/base/error.hpp"
#include "acedt/ui/display.hpp"
#include "acedt/ui/text.hpp"

namespace acedt::cli {
namespace {

/// Allocates no memory, as there may be none.
void say(std::string_view text) {
  constexpr std::string_view clear = ui::clear_line;
  if (::isatty(STDERR_FILENO) == 1) std::ignore = ::write(STDERR_FILENO, clear.data(), clear.size());
  std::ignore = ::write(STDERR_FILENO, text.data(), text.size());
}

/// Only the first thread reports; the others wait for the end of the process.
[[noreturn]] void fail(std::string_view text) {
  static std::atomic_flag is_ending = ATOMIC_FLAG_INIT;
  while (is_ending.test_and_set()) ::pause();
  say(text);
  std::_Exit(1);
}

/// Throws no exception: without memory, unwinding cannot be relied on.
void out_of_memory() {
  fail("Error: out of memory\nhint: give the process more memory, or reduce --memory or --connections\n");
}

void terminated() {
  std::string text = "Error: the program failed in an unforeseen way\n";
  try {
    if (const auto failure = std::current_exception()) std::rethrow_exception(as_error(failure));
  } catch (const Error& error) {
    text = "Error: " + ui::printable(error.what()) + '\n';
  }
  fail(text);
}

void interrupted() {
  say("Error: interrupted\nhint: run the same command again: it goes on from here\n");
}

}  // namespace

void handle_emergencies() {
  std::set_new_handler(out_of_memory);
  std::set_terminate(terminated);
  std::at_quick_exit(interrupted);
}

}  // namespace acedt::cli
