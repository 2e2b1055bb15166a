#pragma once

#include <ostream>
#include <string>

namespace acedt::cli {

/// Asks at the terminal: `question` goes to `out`, the answer comes from standard input. Throws Error(usage), with
/// `instead` as the hint, if standard input is no terminal.
std::string ask_terminal(const std::string& question, const std::string& instead, std::ostream& out);

/// The same without showing what is typed.
std::string ask_terminal_secretly(const std::string& question, const std::string& instead, std::ostream& out);

/// All of standard input, without the line end after it. Throws Error(usage) if that is more than 64 KiB.
std::string read_standard_input();

}  // namespace acedt::cli
