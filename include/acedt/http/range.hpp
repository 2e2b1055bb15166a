#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace acedt::http {

/// The value of a Range field that asks for the bytes from `first` on, up to and with `last` if given (RFC 9110
/// section 14.2).
std::string range_from(std::uint64_t first, std::optional<std::uint64_t> last = std::nullopt);

/// What a 206 response says it carries (RFC 9110 section 14.4).
struct ContentRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::optional<std::uint64_t> complete = {};  ///< the size of the whole; nothing for "*"
};

/// Nothing for anything but `bytes first-last/complete` with first <= last < complete; `last` + 1 never overflows.
std::optional<ContentRange> parse_content_range(std::string_view field);

}  // namespace acedt::http
