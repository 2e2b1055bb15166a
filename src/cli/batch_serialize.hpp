#pragma once

#include "acedt/cli/settings.hpp"

namespace acedt::cli {

/// What `mirror batch-serialize` is to do. Throws Error(usage) for an empty argument.
serialize::Options options_of(const Words& words, const Values& values);

}  // namespace acedt::cli
