#pragma once

#include <string>

#include "acedt/cli/words.hpp"

namespace acedt::cli {

/// What `ace-dt login` is asked to do.
struct LogIn {
  std::string registry = {};  ///< host[:port][/namespace]
  std::string user = {};      ///< empty: to be asked for
  std::string password =
      {};  ///< its origin: "env:NAME", "file:PATH" or "cmd:PROGRAM ARGUMENTS"; empty: to be asked for
  bool password_stdin = false;
  bool check = true;  ///< ask the registry whether the login is good
};

/// Throws Error(usage) for a switch with a wrong value.
LogIn log_in_of(const Words& words);

}  // namespace acedt::cli
