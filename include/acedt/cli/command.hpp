#pragma once

#include <unistd.h>

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "acedt/base/output.hpp"
#include "acedt/cli/flags.hpp"
#include "acedt/cli/settings.hpp"

namespace acedt::cli {

/// The parts of the process that a command uses. A failure to write to a standard stream is reported at the end.
struct Process {
  Environment environment;
  Output output{STDOUT_FILENO, "standard output"};
  Output errors{STDERR_FILENO, "standard error"};
  OutputStream out{output};
  OutputStream err{errors};
};

/// A command: its words, arguments, flags and settings, its help, and how it runs. Each has a file of its own in
/// src/cli and a line in src/cli/commands.cpp.
struct Command {
  std::string_view words;                   ///< "mirror batch-serialize"
  std::string_view purpose;                 ///< one line, for the list of commands
  std::string_view about;                   ///< the end of its help, after the flags: examples and explanations
  std::vector<const Flag*> arguments = {};  ///< all required, in this order
  std::vector<const Flag*> optional_arguments = {};  ///< after them; the last one may be repeated
  std::vector<const Flag*> flags = {};               ///< of this command only
  std::vector<const Setting*> settings = {};         ///< whose flags it accepts
  void (*run)(const Flags& flags, Process& process) = nullptr;
};

/// A word that several commands begin with, such as "mirror".
struct CommandGroup {
  std::string_view word;
  std::string_view purpose;
  std::vector<const Setting*> settings = {};  ///< whose flags may also precede the rest of the command's words
};

/// All commands of the program.
struct CommandTable {
  std::vector<CommandGroup> groups = {};
  std::vector<Command> commands = {};
};

/// The command to run, with its flags and arguments.
struct Parsed {
  const Command* command = nullptr;  ///< one of the table
  Flags flags = {};
};

/// Parses the command line (without the program's name). Returns a command of `table`, or the text to print: help or
/// the version. Does not check the values of settings. Throws Error(usage).
std::variant<Parsed, std::string> parse(const CommandTable& table, const std::vector<std::string>& command_line);

}  // namespace acedt::cli
