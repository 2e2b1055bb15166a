#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace acedt {

/// `text` without blanks (space, tab, CR, LF) at either end. Points into `text`.
std::string_view trim(std::string_view text);

/// The pieces of `text` between `separator`s; one piece, `text` itself, where there is none. Point into `text`.
std::vector<std::string_view> split(std::string_view text, char separator);

/// ASCII letters in lower case; other bytes as they are.
std::string lower(std::string_view text);

/// Equal but for the case of ASCII letters (RFC 9110 section 5.1, field names).
bool equal_ignoring_case(std::string_view a, std::string_view b);

/// The whole of `text` as a decimal number; nothing for anything else, a sign or an overflow.
std::optional<std::uint64_t> to_number(std::string_view text);

/// `text` in double quotes, with control characters and quotes escaped: how error messages show what they were given.
std::string in_quotes(std::string_view text);

/// `text`, which was to be a URL, as a message may show it: "https://...@host/path". Nothing before its last '@' is
/// shown, which may be a user and a password, and nothing after a '?' or '#', which may be a signature.
std::string redacted_url(std::string_view text);

/// `text` as the contents of a JSON string (RFC 8259 section 7), without the quotes around it.
///
/// Escapes as Go's encoding/json does: \n \r \t \b \f, other control characters as \u00XX, < > & as \u003c …,
/// U+2028 and U+2029 as \u2028 and \u2029, bytes that are not UTF-8 as \ufffd.
std::string json_escaped(std::string_view text);

/// How many bytes the UTF-8 sequence at the start of `text` has (RFC 3629); 0 where it is not one.
std::size_t utf8_length(std::string_view text);

/// A control character of ASCII.
constexpr bool is_control(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

/// Whether this UTF-8 sequence can do something to a terminal: control characters of ASCII and C1 (U+0080 to U+009F),
/// and those that turn the direction of text (U+202A to U+202E, U+2066 to U+2069).
bool is_control(std::string_view character);

/// The same as json_escaped(), for lines that may end on a terminal: whatever is_control() is escaped too.
std::string json_printable(std::string_view text);

/// Lower-case hex digits, two a byte.
std::string to_hex(std::span<const std::byte> bytes);
/// Appends the same to `text`.
void append_hex(std::string& text, std::span<const std::byte> bytes);

/// The bytes that `hex` (lower-case digits only) stands for; false where it is not that, or not exactly out.size()
/// bytes.
bool from_hex(std::string_view hex, std::span<std::byte> out);

/// The bytes of `text`; points into it.
inline std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

/// The characters in `bytes`; points into them.
inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Base64 with padding (RFC 4648 section 4).
std::string to_base64(std::span<const std::byte> bytes);

/// The bytes that `text` stands for, or nothing where it is not canonical base64. Padding may be left out.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace acedt
