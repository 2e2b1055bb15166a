#include "cli/wrapped.hpp"

#include "acedt/base/text.hpp"

namespace acedt::cli {

std::string wrapped(std::string_view text, std::string_view prefix) {
  constexpr std::size_t width = 70;
  std::string out(prefix);
  std::size_t column = 0;
  for (const std::string_view word : split(text, ' ')) {
    const bool begins_line = column > 0 && column + 1 + word.size() > width;
    if (begins_line) out.append("\n").append(prefix);
    if (begins_line) column = 0;
    if (column > 0) out += ' ';
    column += word.size() + (column > 0 ? 1 : 0);
    out += word;
  }
  return out;
}

}  // namespace acedt::cli
