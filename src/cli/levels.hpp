#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "acedt/cli/command.hpp"

namespace acedt::cli {

inline constexpr Flag help_flag = {"-h,--help", "", "Print this help"};
inline constexpr Flag version_flag = {"--version", "", "Print the version"};

/// A flag as users see it.
struct ShownFlag {
  const Flag* flag = nullptr;
  std::string_view section = {};  ///< heading; empty for flags of the command itself
  std::string help = {};          ///< with the default and the variable of a setting
};

/// A word of the command line that others may follow, and what belongs to it: the program, a group or a command. The
/// parser with its help, the manual and the completion of shells are made from these.
struct Level {
  std::vector<std::string> words = {};  ///< empty for the program; {"mirror"}; {"mirror", "ls"}
  std::string_view purpose = {};
  std::string_view about = {};
  std::vector<const Flag*> arguments = {};
  std::vector<const Flag*> optional_arguments = {};
  std::vector<ShownFlag> flags = {};  ///< those of every level first
  const Command* command = nullptr;   ///< null for the program and a group

  /// Returns "ace-dt mirror ls", with `blank` between the words.
  std::string name(std::string_view blank = " ") const;
  /// Returns true if this is one word below `other`.
  bool is_below(const Level& other) const;
};

/// Returns all levels: the program, the groups, then the commands, in the order of the table.
std::vector<Level> levels(const CommandTable& table);

/// Returns the help of a setting, with its default and its variable.
std::string help_of(const Setting& setting);

}  // namespace acedt::cli
