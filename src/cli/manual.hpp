#pragma once

#include <ctime>
#include <string>
#include <vector>

#include "cli/levels.hpp"

namespace acedt::cli {

/// A page of the manual.
struct ManualPage {
  std::string name = {};  ///< "ace-dt-mirror-ls"
  char section = '1';     ///< 1: a command; 5: a file
  std::string text = {};  ///< in the man(7) macros of roff
};

/// Returns a page for each level, and ace-dt-config(5) for the configuration file. `date`: when they are made.
std::vector<ManualPage> manual(const std::vector<Level>& levels, std::time_t date);

}  // namespace acedt::cli
