#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace acedt::ui {

/// Returns `text` with '?' for everything that could control a terminal (see is_control()) and for invalid UTF-8.
std::string printable(std::string_view text);

/// Returns the first `columns` characters of `text`, each counted as one column; never cuts within a character.
std::string_view cut(std::string_view text, std::size_t columns);

/// Returns "1 archive", "2 archives".
std::string counted(std::size_t count, std::string_view noun);

}  // namespace acedt::ui
