#pragma once

#include <string>

#include "acedt/cli/flags.hpp"

namespace acedt::cli {

/// The flags and arguments of `ace-dt login`.
struct LogIn {
  std::string registry = {};  ///< host[:port][/namespace]
  std::string user = {};      ///< empty: ask for it
  std::string password = {};  ///< its source: "env:NAME", "file:PATH" or "cmd:PROGRAM ARGUMENTS"; empty: ask for it
  bool password_stdin = false;
  bool check = true;  ///< check the login with the registry before it is saved
};

/// Throws Error(usage) for a switch with an invalid value.
LogIn log_in_of(const Flags& flags);

}  // namespace acedt::cli
