#pragma once

#include <string>

#include "acedt/cli/configuration.hpp"

namespace acedt::cli {

/// What is in effect, as a configuration file. A comment after each value says what set it: "default", FILE:LINE, a
/// flag or an environment variable.
std::string show_configuration(const Setup& setup);

/// A configuration file to begin with: every key, with comments. Settings stand after a "#", which a user takes away.
std::string sample_configuration();

}  // namespace acedt::cli
