#pragma once

#include <exception>
#include <functional>
#include <ostream>

#include "acedt/ui/run_record.hpp"

namespace acedt::cli {

/// Runs `work`. If it fails, writes the reason to `errors`: "Error: …" and, if there is one, "hint: …", a line each; or
/// after say_errors_as_json(), an object in a line: {"time", "level", "msg", "kind", "hint", "exit_status"}.
///
/// Returns the exit status of the process: 0 success, 1 an error without a status of its own, 2 usage or list, 3
/// engine::SomeFailed, 4 credentials, 5 not found, 6 network, 7 rate limit, 8 no space, 9 integrity, 10 locked, 128 +
/// the signal's number after engine::Interrupted.
int exit_code_of(const std::function<void()>& work, std::ostream& errors);

/// Returns how the process ends after `failure` (null: none), without the time.
ui::RunEnd end_of(const std::exception_ptr& failure);

/// Sets how errors are written from now on, by exit_code_of() and by the handlers of handle_emergencies(). Any thread.
void say_errors_as_json(bool is_on);

/// Installs handlers that print one error message if the process ends without unwinding: out of memory (exit status 1),
/// an exception that reaches std::terminate (1), std::quick_exit after a signal (128 + its number).
///
/// Ending at any point is safe: committed archives stay, and the next run continues.
void handle_emergencies();

}  // namespace acedt::cli
