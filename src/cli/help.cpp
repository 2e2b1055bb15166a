// The commands `help` and `version`: what --help and --version print, for those who look for a command.

#include <utility>

#include "acedt/cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/levels.hpp"

namespace acedt::cli {
namespace {

constexpr std::string_view about_help = R"(Examples:
  ace-dt help
  ace-dt help mirror batch-serialize
)";

constexpr std::string_view about_version = R"(Example:
  ace-dt version
)";

constexpr Flag command_words = {"COMMAND", "", "Words of the command; none for a list of the commands", true};

/// Prints what the command line `words` `flag` prints.
void print(std::vector<std::string> words, const Flag& flag, Process& process) {
  words.emplace_back(flag.long_name());
  process.out << std::get<std::string>(parse(commands(), words));
}

}  // namespace

Command help_command() {
  return {.words = "help",
          .purpose = "Print the help of a command",
          .about = about_help,
          .optional_arguments = {&command_words},
          .run = [](const Flags& flags, Process& process) { print(flags.all(command_words), help_flag, process); }};
}

Command version_command() {
  return {.words = "version",
          .purpose = "Print the version",
          .about = about_version,
          .run = [](const Flags&, Process& process) { print({}, version_flag, process); }};
}

}  // namespace acedt::cli
