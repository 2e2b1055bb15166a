#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace acedt::http {

/// The target of the link with rel="next" in a Link field (RFC 8288 section 3): how registries page their lists.
std::optional<std::string> next_link(std::string_view field);

}  // namespace acedt::http
