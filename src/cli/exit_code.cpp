#include "acedt/cli/exit_code.hpp"

#include <exception>
#include <string>

#include "acedt/base/error.hpp"
#include "acedt/serialize/run.hpp"
#include "acedt/ui/text.hpp"

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

/// Says what failed. Returns its exit code.
int say_why(const std::exception_ptr& failure, std::ostream& errors) {
  try {
    std::rethrow_exception(as_error(failure));
  } catch (const Error& error) {
    say(errors, error.what(), error.hint());
    return exit_code(error.kind());
  }
}

}  // namespace

int exit_code_of(const std::function<void()>& work, std::ostream& errors) {
  try {
    work();
    return 0;
  } catch (const serialize::Interrupted& interrupted) {
    say(errors, interrupted.what(), "run the same command again: it goes on from here");
    return 128 + interrupted.signal;
  } catch (const serialize::RowsFailed& failed) {
    for (const report::RowFailed& row : failed.rows) say(errors, row.problem.text, row.problem.hint);
    return 3;
  } catch (...) {
    return say_why(std::current_exception(), errors);
  }
}

}  // namespace acedt::cli
