#pragma once

#include "acedt/cli/settings.hpp"

namespace acedt::cli {

inline constexpr Flag batch_list = {"BATCH-LIST", "", "CSV file that lists the artifacts; - for standard input"};
inline constexpr Flag sync_directory = {"SYNC-DIRECTORY", "", "Folder for the archives; created if it is missing"};

/// Returns the options of `mirror batch-serialize`. Throws Error(usage) if an argument is missing or empty.
serialize::Options options_of(const Flags& flags, const Values& values);

}  // namespace acedt::cli
