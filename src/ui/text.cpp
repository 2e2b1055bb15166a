#include "acedt/ui/text.hpp"

#include <algorithm>

#include "acedt/base/text.hpp"

namespace acedt::ui {
namespace {

bool continues_a_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(length, 1));
    out += length == 0 || is_control(character) ? "?" : character;
    text.remove_prefix(character.size());
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
