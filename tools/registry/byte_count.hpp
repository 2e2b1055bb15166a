#pragma once

#include <optional>
#include <string_view>

#include "acedt/base/units.hpp"

namespace acedt::testing {

/// "512", "512B", "10kB", "1.5GB", "64KiB", "2GiB": powers of 1000, or of 1024 with an i. Nothing for anything else.
std::optional<Bytes> parse_byte_count(std::string_view text);

}  // namespace acedt::testing
