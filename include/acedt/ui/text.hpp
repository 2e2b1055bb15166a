#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace acedt::ui {

/// `text` that cannot move a terminal's cursor or set its colours: control characters (C0, DEL, C1) become '?'.
std::string printable(std::string_view text);

/// The first `columns` characters of `text`. A character is taken for one column; UTF-8 is not cut within one.
std::string_view cut(std::string_view text, std::size_t columns);

/// "1 archive", "2 archives".
std::string counted(std::size_t count, std::string_view noun);

}  // namespace acedt::ui
