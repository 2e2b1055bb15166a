#include "acedt/base/json.hpp"

#include "acedt/base/text.hpp"

namespace acedt {
namespace {

constexpr std::size_t escape_length = 6;  // of \uXXXX

bool is_one_of(char c, std::string_view characters) {
  return characters.find(c) != std::string_view::npos;
}

/// Whether `json` begins with \uD800 to \uDFFF whose second hex digit is one of `second`.
bool begins_with_surrogate(std::string_view json, std::string_view second) {
  return json.size() >= escape_length && json.starts_with("\\u") && is_one_of(json[2], "dD") &&
         is_one_of(json[3], second) && is_one_of(json[4], "0123456789abcdefABCDEF") &&
         is_one_of(json[5], "0123456789abcdefABCDEF");
}

}  // namespace

std::string with_whole_characters(std::string_view json) {
  constexpr std::string_view high = "89abAB";
  constexpr std::string_view low = "cdefCDEF";
  std::string out;
  out.reserve(json.size());
  while (!json.empty()) {
    std::size_t length = utf8_length(json);
    if (length == 0) {
      out += "\ufffd";
      length = 1;
    } else if (begins_with_surrogate(json, high) && begins_with_surrogate(json.substr(escape_length), low)) {
      length = 2 * escape_length;
      out += json.substr(0, length);
    } else if (begins_with_surrogate(json, high) || begins_with_surrogate(json, low)) {
      out += "\\ufffd";
      length = escape_length;
    } else {
      if (json.front() == '\\' && json.size() > 1 && json[1] == '\\') length = 2;  // the next one escapes nothing
      out += json.substr(0, length);
    }
    json.remove_prefix(length);
  }
  return out;
}

}  // namespace acedt
