#pragma once

#include <string_view>

namespace acedt::testing {

/// Whether `text` matches `pattern`: '*' stands for any characters, '/' included, '?' for one. A pattern without either
/// matches everything that begins with it.
bool matches(std::string_view pattern, std::string_view text);

}  // namespace acedt::testing
