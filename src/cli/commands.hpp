#pragma once

#include "acedt/cli/command.hpp"

namespace acedt::cli {

/// Returns the program's table of commands.
const CommandTable& commands();

}  // namespace acedt::cli
