#pragma once

#include <vector>

#include "acedt/cli/settings.hpp"

namespace acedt::cli {

/// What to log. Every command takes this flag: see without_verbosity().
extern const Setting verbosity;

/// The settings of commands that show how a run goes.
const std::vector<const Setting*>& output_settings();

}  // namespace acedt::cli
