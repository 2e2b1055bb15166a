#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace acedt::sync {

/// Returns how errors name a line of a text file: "FILE:LINE".
inline std::string file_line(std::string_view file, std::size_t line) {
  return std::string(file) + ':' + std::to_string(line);
}

}  // namespace acedt::sync
