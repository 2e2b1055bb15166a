#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "acedt/base/log.hpp"

namespace acedt::cli {

/// "error", "warn", "info", "debug" or a number, alone or several with commas, which add up.
/// Throws Error(usage) naming `source`, the flag or variable.
LogLevel parse_level(std::string_view text, std::string_view source);

/// "info", or the number of a level that has no name.
std::string level_text(LogLevel level);

/// Takes all forms of -v and --verbosity out of `command_line`, and adds them up in `level`. Throws Error(usage).
///
/// Their value is optional, and a separate word is their value only if it is a level: `-v gather.csv` leaves gather.csv
/// alone. A flag without a value counts as warn, so -vv is info and -vvv is debug.
std::vector<std::string> without_verbosity(const std::vector<std::string>& command_line,
                                           std::optional<LogLevel>& level);

}  // namespace acedt::cli
