#pragma once

#include <string>
#include <string_view>

#include "acedt/cli/config.hpp"
#include "acedt/registry/auth_files.hpp"

namespace acedt::cli {

/// What is in effect, as a configuration file, with where each value is from in a comment behind it: "default",
/// FILE:LINE, a flag or an environment variable.
std::string show_configuration(const Arguments& arguments, const ConfigSearch& search,
                               const Configuration& configuration, const registry::AuthSearch& auth);

/// A configuration file to begin with: every key, with comments.
std::string_view sample_configuration();

}  // namespace acedt::cli
