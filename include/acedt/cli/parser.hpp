#pragma once

#include <string>
#include <variant>
#include <vector>

#include "acedt/cli/command.hpp"

namespace acedt::cli {

/// A command that is to run, and what the command line says for its flags and arguments.
struct Parsed {
  const Command* command = nullptr;  ///< one of the table
  Words words = {};
};

/// Understands the command line (without the program's name): a command of `table`, or help or the version as the text
/// to print. Values of settings are not looked at. Throws Error(usage).
std::variant<Parsed, std::string> parse(const CommandTable& table, const std::vector<std::string>& command_line);

}  // namespace acedt::cli
