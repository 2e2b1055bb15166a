#include "acedt/ui/text.hpp"

namespace acedt::ui {
namespace {

bool continues_a_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
    const bool c1_control = byte == 0xc2 && next >= 0x80 && next < 0xa0;  // U+0080 … U+009F in UTF-8
    out += byte < 0x20 || byte == 0x7f || c1_control ? '?' : text[i];
    if (c1_control) ++i;
  }
  return out;
}

std::string_view cut(std::string_view text, std::size_t columns) {
  std::size_t end = 0;
  for (; end < text.size() && columns > 0; --columns) {
    ++end;
    while (end < text.size() && continues_a_character(text[end])) ++end;
  }
  return text.substr(0, end);
}

std::string counted(std::size_t count, std::string_view noun) {
  return std::to_string(count).append(" ").append(noun).append(count == 1 ? "" : "s");
}

}  // namespace acedt::ui
