#include "acedt/base/units.hpp"

#include <array>
#include <cstdio>

namespace acedt {

std::string human(Bytes bytes) {
  constexpr std::array<const char*, 7> units = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  auto value = static_cast<double>(bytes.count);
  std::size_t unit = 0;
  while (value >= 999.5 && unit + 1 < units.size()) {
    value /= 1000;
    ++unit;
  }
  const int decimals = unit > 0 && value < 9.95 ? 1 : 0;
  std::array<char, 32> text{};
  const int length = std::snprintf(text.data(), text.size(), "%.*f %s", decimals, value, units[unit]);
  return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace acedt
