#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace acedt::cli {

/// Returns the one of `choices` of which `text` is likely a misspelling; empty if none is close.
std::string nearest(std::string_view text, const std::vector<std::string>& choices);

}  // namespace acedt::cli
