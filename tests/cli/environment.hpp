#pragma once

#include <map>
#include <string>

#include "acedt/cli/flags.hpp"

namespace acedt::testing {

/// An environment with these variables and no others.
inline cli::Environment environment(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

}  // namespace acedt::testing
