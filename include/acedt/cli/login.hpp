#pragma once

#include <ostream>

#include "acedt/cli/args.hpp"

namespace acedt::cli {

/// `ace-dt login`: asks the terminal, or standard input, for what is missing, has the registry check it, and keeps it
/// where login_files() says. Tells `out` where that is. Throws Error, and serialize::Interrupted.
void log_in(const LogIn& arguments, const Environment& environment, std::ostream& out);

/// `ace-dt logout`: removes the login from there. Where there is none, or another file still has one, `out` is told.
void log_out(const LogOut& arguments, const Environment& environment, std::ostream& out);

}  // namespace acedt::cli
