#pragma once

#include <string>

namespace acedt::cli {

/// Asks whoever sits at the terminal. Throws Error(usage), with `instead` as the hint, where standard input is none.
std::string ask_terminal(const std::string& question, const std::string& instead);

/// The same without showing what is typed.
std::string ask_terminal_secretly(const std::string& question, const std::string& instead);

/// All of standard input, without the line end behind it. Throws Error(usage) where that is more than 64 KiB.
std::string read_standard_input();

}  // namespace acedt::cli
