#pragma once

#include <string>

#include "acedt/cli/config_file.hpp"
#include "acedt/cli/flags.hpp"
#include "acedt/cli/login_files.hpp"

namespace acedt::cli {

/// --config, which every command accepts.
inline constexpr Flag config_flag = {"--config", "FILE",
                                     "Configuration file; may be repeated: the first that exists is used", true};

/// The configuration in effect: flags, environment and configuration file combined.
struct Setup {
  ConfigSearch search;
  Configuration file;
  LoginFiles login_files;
  Resolved settings;  ///< with all of `values.engine` filled in
};

/// Reads the configuration file and resolves all settings. Throws Error(usage) as resolve() and load_configuration()
/// do; Error(storage) if a named file cannot be read.
Setup set_up(const Flags& flags, const Environment& environment);

/// Returns the settings in effect as a configuration file. A comment after each value names its source: "default",
/// FILE:LINE, a flag or an environment variable.
std::string show_configuration(const Setup& setup);

/// Returns a sample configuration file: every key, with comments. Settings are commented out by a "#" without a blank.
std::string sample_configuration();

}  // namespace acedt::cli
