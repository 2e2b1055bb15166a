#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace acedt::cli {

/// The one of `choices` that `text` is likely to be a slip of; empty where none is near.
std::string nearest(std::string_view text, const std::vector<std::string>& choices);

}  // namespace acedt::cli
