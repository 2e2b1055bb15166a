#pragma once

#include <unistd.h>

#include <string_view>
#include <vector>

#include "acedt/base/output.hpp"
#include "acedt/cli/settings.hpp"
#include "acedt/cli/words.hpp"

namespace acedt::cli {

/// What a command uses of its process. What cannot be written to the standard streams is an error at the end.
struct Process {
  Environment environment;
  Output output{STDOUT_FILENO, "standard output"};
  Output errors{STDERR_FILENO, "standard error"};
  OutputStream out{output};
  OutputStream err{errors};
};

/// A command: its words, what it takes, its help, and how it runs. Each has a file of its own in src/cli and a line in
/// src/cli/commands.cpp.
struct Command {
  std::string_view words;    ///< "mirror batch-serialize"
  std::string_view purpose;  ///< one line, for the list of commands
  std::string_view about;    ///< stands below the flags in its help: examples, and what else is worth knowing
  std::vector<const Flag*> arguments = {};    ///< all required, in this order
  std::vector<const Flag*> flags = {};        ///< of this command alone
  std::vector<const Setting*> settings = {};  ///< whose flags it takes
  void (*run)(const Words& words, Process& process) = nullptr;
};

/// A word that several commands begin with, such as "mirror".
struct CommandGroup {
  std::string_view word;
  std::string_view purpose;
  std::vector<const Setting*> settings = {};  ///< whose flags may stand before the rest of the command's words, too
};

/// All that the program can do.
struct CommandTable {
  std::vector<CommandGroup> groups = {};
  std::vector<Command> commands = {};
};

}  // namespace acedt::cli
