#pragma once

#include <string>
#include <string_view>

namespace acedt::cli {

/// `text` in lines of about 70 characters, each after `prefix`; without a line end at its end.
std::string wrapped(std::string_view text, std::string_view prefix = "");

}  // namespace acedt::cli
