#include "acedt/base/units.hpp"

#include <algorithm>
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
  constexpr double max_bytes = 1e15;
  if (error != std::errc() || unit == units.end() || !(number >= 0) || number * unit->second > max_bytes)
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

std::string human(std::chrono::milliseconds duration) {
  const auto count = duration.count();
  if (count <= 0) return "0s";
  if (count < 1000) return std::to_string(count) + "ms";
  std::string out;
  if (count >= 3'600'000) out += std::to_string(count / 3'600'000) + 'h';
  if (count >= 60'000) out += std::to_string(count / 60'000 % 60) + 'm';
  out += std::to_string(count / 1000 % 60);
  if (count % 1000 != 0) {
    std::array<char, 8> fraction{};
    std::snprintf(fraction.data(), fraction.size(), ".%03d", static_cast<int>(count % 1000));
    out += fraction.data();
    out.erase(out.find_last_not_of('0') + 1);
  }
  out += 's';
  return out;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  static const std::map<std::string, double, std::less<>> units = {{"ms", 1}, {"s", 1e3}, {"m", 60e3}, {"h", 3600e3}};
  double sum = 0;
  for (bool first = true; first || !text.empty(); first = false) {
    double number = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || !(number >= 0)) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
    const std::size_t length = std::min(text.find_first_of("0123456789."), text.size());
    const auto unit = units.find(text.substr(0, length));
    if (unit == units.end()) return std::nullopt;
    text.remove_prefix(length);
    sum += number * unit->second;
  }
  constexpr double max_milliseconds = 365 * 24 * 3600e3;
  if (sum > max_milliseconds) return std::nullopt;
  return std::chrono::milliseconds(static_cast<std::int64_t>(sum));
}

}  // namespace acedt
