#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "acedt/base/log.hpp"

namespace acedt::cli {

/// "error", "warn", "info", "debug" or a number, alone or several with commas, which add up.
/// Throws Error(bad_input) naming `source`, the flag or variable.
LogLevel parse_level(std::string_view text, std::string_view source);

/// Takes all forms of -v and --verbosity out of `command_line`; what they add up to goes to `level`.
///
/// Their value is optional, and one that stands apart is theirs only if it is a level: `-v gather.csv` leaves
/// gather.csv where it is. A flag without a value counts as warn, so -vv is info and -vvv is debug.
std::vector<std::string> without_verbosity(const std::vector<std::string>& command_line,
                                           std::optional<LogLevel>& level);

}  // namespace acedt::cli
