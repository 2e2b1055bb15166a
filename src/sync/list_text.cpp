// Lists come from Excel, LibreOffice, Numbers, PowerShell and editors. Each has its own encoding, separator and
// line endings, so these are recognized, not configured. What none of them means to save in a list (another kind of
// document, NUL, invisible characters, curly quotes) is refused with a remedy.

#include "sync/list_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "sync/file_line.hpp"

namespace acedt::sync {
namespace {

constexpr std::string_view byte_order_mark = "\ufeff";
constexpr std::string_view separators = ",;\t|";
constexpr const char* save_as_utf8 = "save the list as CSV in UTF-8 (in Excel: \"CSV UTF-8\")";

struct Named {
  std::string_view bytes;
  const char* name;
};

/// How files start that are sometimes passed instead of a list.
constexpr std::array<Named, 5> other_documents = {{{"PK\x03\x04", "a zipped document such as an .xlsx or .ods file"},
                                                   {"\xd0\xcf\x11\xe0", "an old Office document such as an .xls file"},
                                                   {"\x1f\x8b", "compressed with gzip"},
                                                   {"{\\rtf", "rich text"},
                                                   {"<", "an HTML or XML document"}}};

/// Some programs end a line at these characters and others do not, so what follows would be read or lost by chance.
constexpr std::array<Named, 3> never_in_lists = {{{std::string_view("\0", 1), "a NUL"},
                                                  {"\u2028", "the line separator U+2028"},
                                                  {"\u2029", "the paragraph separator U+2029"}}};

constexpr std::array<Named, 17> unwanted_characters = {{{"\u00a0", "the no-break space U+00A0"},
                                                        {"\u00ad", "the soft hyphen U+00AD"},
                                                        {"\u180e", "the invisible separator U+180E"},
                                                        {"\u200b", "the zero width space U+200B"},
                                                        {"\u200c", "the invisible character U+200C"},
                                                        {"\u200d", "the invisible character U+200D"},
                                                        {"\u200e", "the left-to-right mark U+200E"},
                                                        {"\u200f", "the right-to-left mark U+200F"},
                                                        {"\u061c", "the Arabic letter mark U+061C"},
                                                        {"\u202f", "the no-break space U+202F"},
                                                        {"\u2060", "the word joiner U+2060"},
                                                        {"\ufeff", "the byte order mark U+FEFF"},
                                                        {"\ufffd", "the replacement character U+FFFD"},
                                                        {"\u201c", "the curly quote U+201C"},
                                                        {"\u201d", "the curly quote U+201D"},
                                                        {"\u201e", "the low quote U+201E"},
                                                        {"\u201f", "the curly quote U+201F"}}};

[[noreturn]] void refuse(const std::string& what, const char* advice) {
  throw Error(ErrorKind::usage, what).hint(advice);
}

/// Returns "FILE:LINE: " for the text after `before`.
std::string file_position(std::string_view file, std::string_view before) {
  std::size_t line = 1;
  for (std::size_t i = 0; i < before.size(); ++i)
    if (before[i] == '\n' || (before[i] == '\r' && !before.substr(i).starts_with("\r\n"))) ++line;
  return file_line(file, line) + ": ";
}

/// UTF-16 is recognized by its byte order mark or, as lists start with ASCII, by one NUL in the first two bytes.
enum class Encoding { utf8, utf16_little_endian, utf16_big_endian };

Encoding encoding_of(std::string_view saved) {
  if (saved.starts_with("\xff\xfe")) return Encoding::utf16_little_endian;
  if (saved.starts_with("\xfe\xff")) return Encoding::utf16_big_endian;
  if (saved.size() < 2 || (saved[0] == 0) == (saved[1] == 0)) return Encoding::utf8;
  return saved[1] == 0 ? Encoding::utf16_little_endian : Encoding::utf16_big_endian;
}

/// Appends `code`, which must not be a surrogate.
void append_utf8(std::string& out, std::uint32_t code) {
  const auto add = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) return add(code);
  if (code < 0x800) {
    add(0xc0 | code >> 6);
  } else {
    if (code < 0x10000) {
      add(0xe0 | code >> 12);
    } else {
      add(0xf0 | code >> 18);
      add(0x80 | (code >> 12 & 0x3f));
    }
    add(0x80 | (code >> 6 & 0x3f));
  }
  add(0x80 | (code & 0x3f));
}

std::string from_utf16(std::string_view saved, bool little_endian, std::string_view file) {
  const auto unit_at = [&](std::size_t i) {
    const std::uint32_t first = static_cast<unsigned char>(saved[i]);
    const std::uint32_t second = static_cast<unsigned char>(saved[i + 1]);
    return little_endian ? second << 8 | first : first << 8 | second;
  };
  std::string text;
  text.reserve(saved.size() / 2);
  for (std::size_t i = 0; i < saved.size(); i += 2) {
    if (i + 1 == saved.size())
      refuse(file_position(file, text) + "UTF-16 that is cut within a character", save_as_utf8);
    std::uint32_t code = unit_at(i);
    if (code >= 0xd800 && code < 0xe000) {
      const std::uint32_t low = i + 3 < saved.size() ? unit_at(i + 2) : 0;
      if (code >= 0xdc00 || low < 0xdc00 || low >= 0xe000)
        refuse(file_position(file, text) + "half of a UTF-16 character", save_as_utf8);
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      i += 2;
    }
    append_utf8(text, code);
  }
  return text;
}

/// Removes Excel's first line `sep=;` from `text`, and returns its separator; unset if there is no such line.
std::optional<char> take_separator_line(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
  std::string_view line = text.substr(0, end);
  if (line.starts_with('"') && line.ends_with('"') && line.size() > 1) line = line.substr(1, line.size() - 2);
  if (line.size() != 5 || !equal_ignoring_case(line.substr(0, 4), "sep=")) return std::nullopt;
  if (separators.find(line[4]) == std::string_view::npos) return std::nullopt;
  text.remove_prefix(end);
  text.remove_prefix(text.starts_with("\r\n") ? 2 : std::min<std::size_t>(1, text.size()));
  return line[4];
}

/// Returns the first line with content other than blanks and a comment; empty if there is none.
std::string_view first_line(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    const std::string_view line = text.substr(0, end);
    const std::string_view content = trim(line);
    if (!content.empty() && !content.starts_with('#')) return line;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

/// Returns the separator of `line`. Commas come first, so that every list the reference can read means the same here.
char separator_in(std::string_view line) {
  std::string bare;  // without quoted text and without a comment
  bool is_quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') is_quoted = !is_quoted;
    if (is_quoted) continue;
    if (line[i] == '#' && i > 0 && (line[i - 1] == ' ' || line[i - 1] == '\t')) break;
    bare += line[i];
  }
  for (const char separator : separators)
    if (bare.find(separator) != std::string::npos) return separator;
  return ',';
}

}  // namespace

ListText::ListText(std::string_view saved, std::string_view file) : text_(saved) {
  for (const auto& [start, name] : other_documents)
    if (saved.starts_with(start)) refuse(std::string(file) + ": is no list but " + name, save_as_utf8);
  if (const Encoding encoding = encoding_of(saved); encoding != Encoding::utf8) {
    converted_ = from_utf16(saved, encoding == Encoding::utf16_little_endian, file);
    text_ = converted_;
  }
  for (const auto& [bytes, name] : never_in_lists)
    if (const std::size_t at = text_.find(bytes); at != std::string_view::npos)
      refuse(file_position(file, text_.substr(0, at)) + "has " + name + " in it",
             "remove it; save the list as text in UTF-8, with lines that end in LF or CRLF");
  if (text_.starts_with(byte_order_mark)) text_.remove_prefix(byte_order_mark.size());
  if (const auto separator = take_separator_line(text_)) {
    style_ = {.separator = *separator, .first_line = 2};
  } else {
    style_.separator = separator_in(first_line(text_));
  }
}

void check_characters(std::string_view text, std::string_view what) {
  const auto bad = [&](const std::string& problem, const char* advice) {
    refuse(std::string(what) + ' ' + in_quotes(text) + ' ' + problem, advice);
  };
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t length = utf8_length(rest);
    if (length == 0) bad("is not UTF-8", save_as_utf8);
    const std::string_view character = rest.substr(0, length);
    if (is_control(character)) bad("has a control character in it", "type it anew, without what cannot be seen");
    const auto* const unwanted = std::ranges::find(unwanted_characters, character, &Named::bytes);
    if (unwanted != unwanted_characters.end())
      bad(std::string("has ") + unwanted->name + " in it", "type it anew, with plain blanks and quotes only");
    rest.remove_prefix(length);
  }
  if (text.starts_with('=') || text.starts_with('\''))
    bad("begins as a formula or a protected cell of a spreadsheet does", "save the plain values, as text");
}

}  // namespace acedt::sync
