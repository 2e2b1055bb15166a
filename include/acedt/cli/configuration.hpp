#pragma once

#include "acedt/cli/config_file.hpp"
#include "acedt/cli/login_files.hpp"
#include "acedt/cli/words.hpp"

namespace acedt::cli {

/// --config, which every command takes.
inline constexpr Flag config_flag = {"--config", "FILE",
                                     "Configuration file; may be repeated: the first that exists is used", true};

/// What a command runs with: flags, environment and configuration file put together.
struct Setup {
  ConfigSearch search;
  Configuration file;
  LoginFiles login_files;
  Resolved settings;  ///< with everything in `values.engine`
};

/// Reads the configuration file and resolves all settings. Throws Error(usage); Error(storage) if a file that was named
/// cannot be read.
Setup set_up(const Words& words, const Environment& environment);

}  // namespace acedt::cli
