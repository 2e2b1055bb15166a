#pragma once

#include "acedt/cli/settings.hpp"

namespace acedt::cli {

/// Returns the options of `mirror batch-serialize`. Throws Error(usage) if an argument is empty.
serialize::Options options_of(const Flags& flags, const Values& values);

}  // namespace acedt::cli
