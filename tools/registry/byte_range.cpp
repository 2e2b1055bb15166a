#include "tools/registry/byte_range.hpp"

#include <algorithm>

#include "acedt/base/text.hpp"

namespace acedt::testing {

std::optional<ByteRange> parse_range(std::string_view field, std::uint64_t size) {
  constexpr std::string_view unit = "bytes=";
  if (!equal_ignoring_case(field.substr(0, unit.size()), unit)) return std::nullopt;
  field = trim(field.substr(unit.size()));
  const auto dash = field.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto first = to_number(field.substr(0, dash));
  const auto last = to_number(field.substr(dash + 1));

  if (dash == 0) {
    if (!last) return std::nullopt;
    const std::uint64_t count = std::min(*last, size);
    return ByteRange{size - count, count};
  }
  const bool open = dash + 1 == field.size();
  if (!first || (!open && (!last || *last < *first))) return std::nullopt;
  if (*first >= size) return ByteRange{*first, 0};
  const std::uint64_t end = open ? size - 1 : std::min(*last, size - 1);
  return ByteRange{*first, end - *first + 1};
}

}  // namespace acedt::testing
