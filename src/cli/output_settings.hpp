#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "acedt/base/log.hpp"
#include "acedt/cli/settings.hpp"

namespace acedt::cli {

/// What to log. Every command accepts this flag: see without_verbosity().
extern const Setting verbosity;

/// How lines and errors are written.
extern const Setting log_format;

/// Returns true if flag or variable of `log_format` ask for JSON. For errors before the settings are known: in the
/// command line, or in the configuration file.
bool asks_for_json(const std::vector<std::string>& command_line, const Environment& environment);

/// Returns the settings of commands that show the progress of a run.
const std::vector<const Setting*>& output_settings();

/// Parses "error", "warn", "info", "debug" or a number, or several of these, separated by commas, which add up. Throws
/// Error(usage) that names `source`, the flag or variable.
LogLevel parse_level(std::string_view text, std::string_view source);

/// Returns "info", or the number of a level without a name.
std::string level_text(LogLevel level);

/// Returns `command_line` without all forms of -v and --verbosity, and adds their values up in `level`. Throws
/// Error(usage).
///
/// The value is optional, and a separate word is a value only if it is a level: in `-v gather.csv`, gather.csv is not.
/// A flag without a value counts as warn, so -vv is info and -vvv is debug.
std::vector<std::string> without_verbosity(const std::vector<std::string>& command_line,
                                           std::optional<LogLevel>& level);

}  // namespace acedt::cli
