#include "acedt/http/range.hpp"

#include <limits>

#include "acedt/base/text.hpp"

namespace acedt::http {

std::string range_from(std::uint64_t first, std::optional<std::uint64_t> last) {
  return "bytes=" + std::to_string(first) + "-" + (last ? std::to_string(*last) : "");
}

std::optional<ContentRange> parse_content_range(std::string_view field) {
  const auto blank = field.find(' ');
  const auto dash = field.find('-');
  const auto slash = field.find('/');
  if (blank == field.npos || dash == field.npos || slash == field.npos || blank > dash || dash > slash)
    return std::nullopt;

  const auto first = to_number(field.substr(blank + 1, dash - blank - 1));
  const auto last = to_number(field.substr(dash + 1, slash - dash - 1));
  const std::string_view size = field.substr(slash + 1);
  const auto complete = to_number(size);
  if (!equal_ignoring_case(field.substr(0, blank), "bytes") || !first || !last || (!complete && size != "*"))
    return std::nullopt;

  // Without a size too, `last` has a successor: callers count last + 1 bytes.
  if (*first > *last || *last >= complete.value_or(std::numeric_limits<std::uint64_t>::max())) return std::nullopt;
  return ContentRange{.first = *first, .last = *last, .complete = complete};
}

}  // namespace acedt::http
