#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace acedt::testing {

/// The bytes that a Range field asks for, of so many (RFC 9110 section 14.1.2).
struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t count = 0;  ///< 0: none of them are there, which is answered with 416
};

/// Nothing for a field that is to be ignored: other units, several ranges, bad syntax.
std::optional<ByteRange> parse_range(std::string_view field, std::uint64_t size);

}  // namespace acedt::testing
