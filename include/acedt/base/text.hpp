#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace acedt {

/// Returns `text` without blanks (space, tab, CR, LF) at either end. The result points into `text`.
std::string_view trim(std::string_view text);

/// Returns the parts of `text` between `separator`s; `text` itself if it has none. The results point into `text`.
std::vector<std::string_view> split(std::string_view text, char separator);

/// Removes `prefix` from the front of `text`. Returns false if `text` does not start with it.
bool take(std::string_view& text, std::string_view prefix);
/// Removes the text before `end`, and `end`, from the front of `text`. Returns the text before it; unset, and removes
/// nothing, if there is no `end`.
std::optional<std::string_view> take_until(std::string_view& text, char end);
/// Removes a number and the blank after it from the front of `text`. Returns the number; unset if there is none.
std::optional<std::uint64_t> take_number(std::string_view& text);

/// Returns `text` with ASCII letters in lower case; other bytes stay.
std::string lower(std::string_view text);

/// Returns whether the texts are equal except for the case of ASCII letters (RFC 9110 section 5.1, field names).
bool equal_ignoring_case(std::string_view a, std::string_view b);

/// Parses all of `text` as a decimal number. Returns nullopt for anything else, such as a sign or an overflow.
std::optional<std::uint64_t> to_number(std::string_view text);

/// Returns `text` in double quotes, control characters and quotes escaped: the form for values in error messages.
std::string in_quotes(std::string_view text);
/// Removes what in_quotes() returned, and the blank between it and what follows, from the front of `text`. Returns the
/// value; unset, and removes nothing, if `text` does not start with one.
std::optional<std::string> take_quoted(std::string_view& text);
/// Returns in_quotes(text) without the quotes around it.
std::string printable(std::string_view text);

/// Returns `text`, which should be a URL but may not be one, without what may be secret: "https://...@host/path".
/// Leaves out everything before the last '@' (user and password) and after '?' or '#' (a signature).
std::string redacted_url(std::string_view text);

/// Returns `text` as the contents of a JSON string (RFC 8259 section 7), without the quotes around it.
///
/// Escapes as Go's encoding/json does: \n \r \t \b \f, other control characters as \u00XX, < > & as \u003c …,
/// U+2028 and U+2029 as \u2028 and \u2029, bytes that are not UTF-8 as \ufffd.
std::string json_escaped(std::string_view text);

/// Returns `json` with U+FFFD for the escape of an unpaired surrogate (`"\ud83d"`) and for each byte that is not UTF-8.
///
/// Go's encoding/json, which the reference uses, reads both that way; simdjson would refuse them or pass them on.
std::string with_whole_characters(std::string_view json);

/// Returns the length in bytes of the UTF-8 sequence at the start of `text` (RFC 3629); 0 if it is invalid.
std::size_t utf8_length(std::string_view text);

/// Returns whether `c` is an ASCII control character.
constexpr bool is_control(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

/// Returns whether this UTF-8 sequence can control a terminal: control characters of ASCII and C1 (U+0080 to U+009F),
/// and those that change the direction of text (U+202A to U+202E, U+2066 to U+2069).
bool is_control(std::string_view character);

/// Like json_escaped(), for lines that may be shown on a terminal: escapes also every is_control() character.
std::string json_printable(std::string_view text);

/// Returns `bytes` as lower-case hex digits, two per byte.
std::string to_hex(std::span<const std::byte> bytes);
/// Appends to_hex(bytes) to `text`.
void append_hex(std::string& text, std::span<const std::byte> bytes);

/// Decodes `hex` (lower-case digits only) into `out`. Returns false if it is invalid or not exactly out.size() bytes.
bool from_hex(std::string_view hex, std::span<std::byte> out);

/// Returns the bytes of `text`; points into it.
inline std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

/// Returns `bytes` as characters; points into them.
inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Returns `bytes` in Base64 with padding (RFC 4648 section 4).
std::string to_base64(std::span<const std::byte> bytes);

/// Decodes Base64; line breaks are skipped and padding may be missing, as for Go. Returns nullopt if `text` is not
/// canonical Base64.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace acedt
