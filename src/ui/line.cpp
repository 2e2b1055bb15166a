#include "ui/line.hpp"

#include <string_view>

#include "acedt/ui/text.hpp"

namespace acedt::ui {
namespace {

/// Returns the parameters of the escape sequence for `style` (ECMA-48, "SGR").
std::string_view sgr(Style style) {
  switch (style) {
    case Style::plain: break;
    case Style::strong: return "1";
    case Style::dim: return "2";
    case Style::good: return "32";
    case Style::warning: return "33";
    case Style::bad: return "31";
  }
  return {};
}

std::string styled(const std::string& text, Style style, bool coloured) {
  if (!coloured || sgr(style).empty()) return text;
  return std::string("\x1b[").append(sgr(style)).append("m").append(text).append("\x1b[0m");
}

}  // namespace

std::string text_of(const Line& line, bool coloured) {
  return styled(printable(line.subject), line.style, coloured) + " ↦ " + printable(line.message);
}

std::string text_of(const Row& row, bool coloured) {
  std::string text;
  for (const Span& span : row) text += styled(printable(span.text), span.style, coloured);
  return text;
}

}  // namespace acedt::ui
