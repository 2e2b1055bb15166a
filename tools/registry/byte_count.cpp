#include "tools/registry/byte_count.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <string>

#include "acedt/base/text.hpp"

namespace acedt::testing {

std::optional<Bytes> parse_byte_count(std::string_view text) {
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

}  // namespace acedt::testing
