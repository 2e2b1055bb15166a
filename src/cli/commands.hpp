#pragma once

#include "acedt/cli/command.hpp"

namespace acedt::cli {

/// The program's table of commands.
const CommandTable& commands();

}  // namespace acedt::cli
