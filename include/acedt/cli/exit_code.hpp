#pragma once

#include <functional>
#include <ostream>

namespace acedt::cli {

/// Does `work` and says on `errors` why it failed, if it did: "Error: …" and perhaps "hint: …", a line each.
///
/// Returns what the process exits with: 0, 1 after an error, 128 and the signal's number after batch::Interrupted.
int exit_code_of(const std::function<void()>& work, std::ostream& errors);

}  // namespace acedt::cli
