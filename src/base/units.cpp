#include "acedt/base/units.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <map>

#include "acedt/base/text.hpp"

namespace acedt {

std::optional<Bytes> parse_bytes(std::string_view text) {
  static const std::map<std::string, double, std::less<>> units = {
      {"", 1}, {"b", 1}, {"kb", 1e3}, {"mb", 1e6}, {"gb", 1e9}, {"kib", 1 << 10}, {"mib", 1 << 20}, {"gib", 1 << 30},
  };
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto unit = units.find(lower(std::string_view(end, text.data() + text.size())));
  constexpr double most = 1e15;
  if (error != std::errc() || unit == units.end() || !(number >= 0) || number * unit->second > most)
    return std::nullopt;
  return Bytes{static_cast<std::uint64_t>(number * unit->second)};
}

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
