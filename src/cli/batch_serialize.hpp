#pragma once

#include "acedt/cli/settings.hpp"

namespace acedt::cli {

inline constexpr Flag batch_list = {"BATCH-LIST", "", "CSV file that lists the artifacts; - for standard input"};
inline constexpr Flag sync_directory = {"SYNC-DIRECTORY", "", "Folder for the archives; created if it is missing"};

/// Returns the value of an argument. Throws Error(usage) if it is missing or empty. An empty one is usually an unset
/// variable of a script. It would mean the current folder.
std::string required(const Flag& argument, const Flags& flags);

/// Returns the options of `mirror batch-serialize`. Throws Error(usage) if an argument is missing or empty.
serialize::Options options_of(const Flags& flags, const Values& values);

}  // namespace acedt::cli
