// Text as it comes from outside: trimming, numbers, hex, Base64, and JSON strings in the form of Go's encoding/json,
// which the reference uses, so that both write the same bytes. Text for terminals has its control characters escaped.

#include "acedt/base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace acedt {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// ASCII only: std::tolower depends on the locale.
char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Returns the value of a lower-case hex digit, or -1.
int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

unsigned byte_at(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]);
}

/// Appends \uXXXX for a code point below U+10000.
void append_unicode_escape(std::string& out, unsigned code) {
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += hex_digits[code >> shift & 15];
}

/// Returns the code point of a UTF-8 sequence of one to three bytes.
unsigned code_of(std::string_view character) {
  constexpr std::array<unsigned, 4> bits_of_first = {0, 0x7f, 0x1f, 0x0f};
  unsigned code = byte_at(character, 0) & bits_of_first[character.size()];
  for (std::size_t i = 1; i < character.size(); ++i) code = code << 6 | (byte_at(character, i) & 0x3f);
  return code;
}

/// Appends an ASCII character as Go's encoding/json writes it in a string.
void append_ascii_escaped(std::string& out, char c) {
  switch (c) {
    case '"':
    case '\\':
      out += '\\';
      out += c;
      return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    case '\b': out += "\\b"; return;
    case '\f': out += "\\f"; return;
    default: break;
  }
  if (static_cast<unsigned char>(c) < 0x20 || c == '<' || c == '>' || c == '&') {
    append_unicode_escape(out, static_cast<unsigned char>(c));
  } else {
    out += c;
  }
}

/// Returns the length of the printable ASCII at the start of `text` that append_ascii_escaped() leaves as it is. Nearly
/// all text is such, so it is copied in one go.
std::size_t unescaped_length(std::string_view text) {
  const auto stays = [](char c) {
    return c >= ' ' && c <= '~' && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&';
  };
  return static_cast<std::size_t>(std::ranges::find_if_not(text, stays) - text.begin());
}

constexpr std::size_t escape_length = 6;  // of \uXXXX

bool is_one_of(char c, std::string_view characters) {
  return characters.find(c) != std::string_view::npos;
}

/// Returns whether `json` begins with an escape from \uD800 to \uDFFF whose second hex digit is one of `second`.
bool begins_with_surrogate(std::string_view json, std::string_view second) {
  return json.size() >= escape_length && json.starts_with("\\u") && is_one_of(json[2], "dD") &&
         is_one_of(json[3], second) && is_one_of(json[4], "0123456789abcdefABCDEF") &&
         is_one_of(json[5], "0123456789abcdefABCDEF");
}

/// Removes an escape sequence, without its backslash, from the front of `text`. Returns its meaning; unset if invalid.
std::optional<char> take_escape(std::string_view& text) {
  constexpr auto escapes = std::to_array<std::pair<char, char>>(
      {{'"', '"'}, {'\\', '\\'}, {'/', '/'}, {'n', '\n'}, {'r', '\r'}, {'t', '\t'}, {'b', '\b'}, {'f', '\f'}});
  for (const auto& [letter, meaning] : escapes)
    if (take(text, {&letter, 1})) return meaning;
  std::array<std::byte, 1> code{};
  if (!take(text, "u00") || !from_hex(text.substr(0, 2), code)) return std::nullopt;
  text.remove_prefix(2);
  return static_cast<char>(code[0]);
}

}  // namespace

std::string_view trim(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  for (;;) {
    const std::size_t at = text.find(separator);
    pieces.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return pieces;
    text.remove_prefix(at + 1);
  }
}

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

std::optional<std::string_view> take_until(std::string_view& text, char end) {
  const std::size_t length = text.find(end);
  if (length == std::string_view::npos) return std::nullopt;
  const std::string_view taken = text.substr(0, length);
  text.remove_prefix(length + 1);
  return taken;
}

std::optional<std::uint64_t> take_number(std::string_view& text) {
  const auto digits = take_until(text, ' ');
  return digits ? to_number(*digits) : std::nullopt;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return lower(c); });
  return out;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::optional<std::uint64_t> to_number(std::string_view text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, value);
  if (problem != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::size_t utf8_length(std::string_view text) {
  if (text.empty()) return 0;
  const unsigned first = byte_at(text, 0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte_at(text, i) & 0xc0) != 0x80) return 0;
  const unsigned second = byte_at(text, 1);
  // Forms that RFC 3629 forbids: longer than needed, UTF-16 surrogates, above U+10FFFF.
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool surrogate = first == 0xed && second > 0x9f;
  const bool too_large = first == 0xf4 && second > 0x8f;
  return overlong || surrogate || too_large ? 0 : length;
}

bool is_control(std::string_view character) {
  if (character.size() == 1) return is_control(character.front());
  if (character.empty() || character.size() > 3) return false;
  const unsigned code = code_of(character);
  const bool c1 = code >= 0x80 && code <= 0x9f;
  const bool turns = code >= 0x202a && code <= 0x202e;
  const bool isolates = code >= 0x2066 && code <= 0x2069;
  return c1 || turns || isolates;
}

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_control(c) || c == '"' || c == '\\') {
      append_ascii_escaped(out, c);
    } else {
      out += c;
    }
  }
  return out;
}

std::string in_quotes(std::string_view text) {
  return '"' + printable(text) + '"';
}

std::optional<std::string> take_quoted(std::string_view& text) {
  std::string_view rest = text;
  if (!take(rest, "\"")) return std::nullopt;
  std::string value;
  for (;;) {
    const auto* const special = std::ranges::find_if(rest, [](char c) { return c == '"' || c == '\\'; });
    value.append(rest.begin(), special);
    rest.remove_prefix(static_cast<std::size_t>(special - rest.begin()));
    if (!take(rest, "\\")) break;
    const auto character = take_escape(rest);
    if (!character) return std::nullopt;
    value += *character;
  }
  if (!take(rest, "\"")) return std::nullopt;
  if (rest.size() > 1) take(rest, " ");
  text = rest;
  return value;
}

std::string redacted_url(std::string_view text) {
  const std::size_t scheme_end = text.find("://");
  const std::string_view scheme = text.substr(0, scheme_end == text.npos ? 0 : scheme_end + 3);
  const bool has_scheme = scheme.find_first_of(":/?#@") == scheme_end;  // else "://" may be part of a password
  const std::string prefix(has_scheme ? scheme : "");
  const std::string_view rest = text.substr(prefix.size());
  const std::size_t query = rest.find_first_of("?#");
  const std::size_t at = rest.rfind('@');
  if (at == rest.npos) return prefix + std::string(rest.substr(0, query));
  if (query < at) return prefix + "...";  // the '@' belongs to a signature, or the '?' to a password
  return prefix + "..." + std::string(rest.substr(at, query - at));
}

std::string json_escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (;;) {
    const std::size_t unescaped = unescaped_length(text);
    out += text.substr(0, unescaped);
    text.remove_prefix(unescaped);
    if (text.empty()) return out;
    const std::size_t length = utf8_length(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(length, 1));
    if (length == 0) {
      out += "\\ufffd";
    } else if (length == 1) {
      append_ascii_escaped(out, character.front());
    } else if (character == "\u2028") {
      out += "\\u2028";
    } else if (character == "\u2029") {
      out += "\\u2029";
    } else {
      out += character;
    }
    text.remove_prefix(character.size());
  }
}

std::string json_printable(std::string_view text) {
  const std::string escaped = json_escaped(text);
  std::string out;
  for (std::string_view rest = escaped; !rest.empty();) {
    const std::string_view character = rest.substr(0, utf8_length(rest));
    if (is_control(character)) {
      append_unicode_escape(out, code_of(character));
    } else {
      out += character;
    }
    rest.remove_prefix(character.size());
  }
  return out;
}

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
      if (json.front() == '\\' && json.size() > 1 && json[1] == '\\') length = 2;  // an escaped backslash
      out += json.substr(0, length);
    }
    json.remove_prefix(length);
  }
  return out;
}

std::string to_hex(std::span<const std::byte> bytes) {
  std::string hex;
  append_hex(hex, bytes);
  return hex;
}

void append_hex(std::string& text, std::span<const std::byte> bytes) {
  const std::size_t begin = text.size();
  text.resize(begin + 2 * bytes.size());
  char* out = text.data() + begin;
  for (const std::byte byte : bytes) {
    *out++ = hex_digits[std::to_integer<unsigned>(byte) >> 4];
    *out++ = hex_digits[std::to_integer<unsigned>(byte) & 15];
  }
}

bool from_hex(std::string_view hex, std::span<std::byte> out) {
  if (hex.size() != 2 * out.size()) return false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = nibble(hex[2 * i]);
    const int low = nibble(hex[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<std::byte>(high << 4 | low);
  }
  return true;
}

std::string to_base64(std::span<const std::byte> bytes) {
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t n = std::min<std::size_t>(3, bytes.size() - at);
    unsigned group = 0;
    for (std::size_t i = 0; i < 3; ++i) group = group << 8 | (i < n ? std::to_integer<unsigned>(bytes[at + i]) : 0);
    for (std::size_t i = 0; i < 4; ++i) out += i <= n ? base64_digits[group >> (18 - 6 * i) & 63] : '=';
  }
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  std::string unbroken(text);
  std::erase_if(unbroken, [](char c) { return c == '\r' || c == '\n'; });
  std::string_view digits = unbroken;
  for (int i = 0; i < 2 && digits.ends_with('='); ++i) digits.remove_suffix(1);
  std::string out;
  unsigned group = 0;
  unsigned bits = 0;
  for (const char c : digits) {
    const std::size_t digit = base64_digits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    group = (group << 6 | static_cast<unsigned>(digit)) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out += static_cast<char>(group >> bits & 0xff);
  }
  // Canonical: no incomplete group, and no bits set beyond the last byte.
  const bool leftover = (group & ((1U << bits) - 1)) != 0;
  if (bits >= 6 || leftover) return std::nullopt;
  return out;
}

}  // namespace acedt
