#pragma once

#include "acedt/cli/settings.hpp"

namespace acedt::cli {

inline constexpr Flag batch_list = {"BATCH-LIST", "", "CSV file that lists the artifacts; - for standard input"};
inline constexpr Flag sync_directory = {"SYNC-DIRECTORY", "", "Folder for the archives; created if it is missing"};

/// Returns the value of an argument. Throws Error(usage) if it is missing or empty. An empty one is usually an unset
/// variable of a script. It would mean the current folder. `command`: the words of the command, for the hint.
std::string required(const Flag& argument, const Flags& flags, std::string_view command);

/// Returns the options of `mirror batch-serialize`, which `mirror plan` has too. Throws as required().
serialize::Options options_of(const Flags& flags, const Values& values, std::string_view command);

}  // namespace acedt::cli
