#pragma once

#include <functional>
#include <ostream>

namespace acedt::cli {

/// Does `work`. If it fails, `errors` gets the reason: "Error: …" and perhaps "hint: …", a line each.
///
/// Returns the exit code of the process: 0 if the work is done, 1 after an error that has no code of its own, 2 usage
/// or list, 3 serialize::RowsFailed, 4 credentials, 5 not found, 6 network, 7 rate limit, 8 no space, 9 integrity, 10
/// locked, and 128 and the signal's number after serialize::Interrupted.
int exit_code_of(const std::function<void()>& work, std::ostream& errors);

}  // namespace acedt::cli
