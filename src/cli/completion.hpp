#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/levels.hpp"

namespace acedt::cli {

/// A shell, and how its completion is made.
struct Shell {
  std::string_view name;                                    ///< "bash"
  std::string_view file;                                    ///< that it looks for: "ace-dt", "_ace-dt"
  std::string (*script)(const std::vector<Level>& levels);  ///< returns the script
};

/// Returns all shells that have one.
std::span<const Shell> shells();

}  // namespace acedt::cli
