// A list is made by hand or by a spreadsheet, and a row that is lost silently is noticed only on the other side of the
// air gap. So whatever may not be meant as it reads is an error or a warning, with its line and a remedy: a first
// artifact in place of the header, a column of row numbers, invisible characters, a quote that swallows the rows after
// it.
//
// Lists come from Excel, LibreOffice, Numbers, PowerShell and editors. Each has its own encoding, separator and line
// endings, so ListText recognizes these instead of asking for them. What none of them means to save in a list (another
// kind of document, NUL, curly quotes) is refused.

#include "acedt/sync/batch_list.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/oci/reference.hpp"
#include "acedt/sync/csv.hpp"

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
                                                   {"\x1f\x8b", "a gzip file"},
                                                   {"{\\rtf", "a rich text document"},
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

/// `place` is the file, or file and line.
[[noreturn]] void refuse(const std::string& place, const std::string& what, const char* advice) {
  throw Error(ErrorKind::usage, what).add(place).hint(advice);
}

/// Returns "FILE:LINE" for the text after `before`.
std::string file_position(std::string_view file, std::string_view before) {
  std::size_t line = 1;
  for (std::size_t i = 0; i < before.size(); ++i)
    if (before[i] == '\n' || (before[i] == '\r' && !before.substr(i).starts_with("\r\n"))) ++line;
  return file_line(file, line);
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
      refuse(file_position(file, text), "the UTF-16 text ends within a character", save_as_utf8);
    std::uint32_t code = unit_at(i);
    if (code >= 0xd800 && code < 0xe000) {
      const std::uint32_t low = i + 3 < saved.size() ? unit_at(i + 2) : 0;
      if (code >= 0xdc00 || low < 0xdc00 || low >= 0xe000)
        refuse(file_position(file, text), "half of a UTF-16 surrogate pair", save_as_utf8);
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

/// A batch list as some program saved it, converted to UTF-8, with its CSV dialect.
///
/// Accepts UTF-8 and UTF-16 of either byte order, with or without a byte order mark. The separator is the first of
/// comma, semicolon, tab and bar that the first line contains, or the one in Excel's first line `sep=;`.
class ListText {
 public:
  /// `saved` is the content of the file, and must outlive the object; `file` is its name for messages. Throws
  /// Error(usage) if it is another kind of document; and, with the line, if it has invalid UTF-16, a NUL or a Unicode
  /// line separator.
  ListText(std::string_view saved, std::string_view file);
  ListText(const ListText&) = delete;
  ListText& operator=(const ListText&) = delete;

  std::string_view text() const noexcept { return text_; }
  const CsvStyle& style() const noexcept { return style_; }

 private:
  std::string converted_;  // from UTF-16; else empty
  std::string_view text_;
  CsvStyle style_;
};

/// Throws Error(usage) if the field `text` contains invisible characters, or characters that only spreadsheets and word
/// processors insert: bytes that are not UTF-8, control characters, invisible characters, curly quotes, a leading '='
/// or apostrophe. `what` is the field's name for the message.
void check_characters(std::string_view text, std::string_view what);

ListText::ListText(std::string_view saved, std::string_view file) : text_(saved) {
  for (const auto& [start, name] : other_documents)
    if (saved.starts_with(start)) refuse(std::string(file), std::string("not a list but ") + name, save_as_utf8);
  if (const Encoding encoding = encoding_of(saved); encoding != Encoding::utf8) {
    converted_ = from_utf16(saved, encoding == Encoding::utf16_little_endian, file);
    text_ = converted_;
  }
  for (const auto& [bytes, name] : never_in_lists)
    if (const std::size_t at = text_.find(bytes); at != std::string_view::npos)
      refuse(file_position(file, text_.substr(0, at)), std::string("contains ") + name,
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
  for (std::string_view rest = text;;) {
    const auto* const other = std::ranges::find_if_not(rest, [](char c) { return c >= ' ' && c <= '~'; });
    rest.remove_prefix(static_cast<std::size_t>(other - rest.begin()));
    if (rest.empty()) break;
    const std::size_t length = utf8_length(rest);
    if (length == 0) bad("is not UTF-8", save_as_utf8);
    const std::string_view character = rest.substr(0, length);
    if (is_control(character)) bad("contains a control character", "type it again, without invisible characters");
    const auto* const unwanted = std::ranges::find(unwanted_characters, character, &Named::bytes);
    if (unwanted != unwanted_characters.end())
      bad(std::string("contains ") + unwanted->name, "type it again, with plain blanks and quotes only");
    rest.remove_prefix(length);
  }
  if (text.starts_with('=') || text.starts_with('\''))
    bad("begins like a formula or a protected cell of a spreadsheet", "save the plain values, as text");
}

constexpr std::size_t max_name = 200;  // a file name has at most 255 bytes, with number and extension
constexpr std::size_t max_tag = 128;   // OCI distribution-spec v1.1, "Pulling manifests"
constexpr const char* example_row = "write each row as name,artifact: tools,ghcr.io/example/tools:v1";

bool is_reference(std::string_view text) {
  try {
    oci::Reference::parse(text);
    return true;
  } catch (const Error&) {
    return false;
  }
}

/// Returns true if `text` is surely an artifact. A single word may be a reference, but is more likely a column's name.
bool is_artifact(std::string_view text) {
  return text.find_first_of("/:@") != std::string_view::npos && is_reference(text);
}

/// Returns true for a form that no ordinary sentence contains.
bool is_full_reference(std::string_view text) {
  return text.find('/') != std::string_view::npos && text.find_first_of(":@") != std::string_view::npos &&
         is_reference(text);
}

bool is_artifact_column(const std::string& title) {
  return equal_ignoring_case(title, "artifact");
}

bool is_blank(const CsvRecord& record) {
  return std::ranges::all_of(record.fields, &std::string::empty);
}

void check_name(const std::string& name) {
  const auto bad = [](const std::string& what, const char* advice) {
    throw Error(ErrorKind::usage, what).hint(advice);
  };
  constexpr const char* file_advice =
      "choose another name: it becomes part of a file name, as in 000001-tools.tar, and the artifact is the next "
      "column";
  constexpr std::size_t max_shown = 40;
  if (name.empty()) bad("the name is empty", example_row);
  if (name == "." || name == "..") bad("name " + in_quotes(name) + " is not a file name", file_advice);
  if (name.find('/') != std::string::npos) bad("name " + in_quotes(name) + " contains a '/'", file_advice);
  check_characters(name, "name");
  if (name.size() > max_name)
    bad("name " + in_quotes(name.substr(0, max_shown)) + "… has " + std::to_string(name.size()) +
            " bytes, but at most " + std::to_string(max_name) + " are allowed",
        file_advice);
}

bool is_plain_name(std::string_view name) {
  constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
  return name.size() <= max_tag && name.find_first_not_of(plain) == std::string_view::npos;
}

/// Reads one list.
class Parser {
 public:
  Parser(std::string_view text, std::string_view file) : file_(file), source_(text, file) {}

  BatchList parse() {
    CsvReader reader(source_.text(), file_, source_.style());
    while (std::optional<CsvRecord> record = reader.next()) {
      if (is_blank(*record)) continue;
      const std::size_t line = record->line;
      try {
        if (header_.empty())
          take_header(std::move(*record));
        else
          take_row(std::move(*record));
      } catch (Error& error) {
        error.add(file_line(file_, line)).hint(example_row);
        throw;
      }
    }
    if (list_.rows.empty()) check_that_nothing_is_meant();
    drop_earlier_rows_of_a_name();
    for (const BatchRow& row : list_.rows)
      if (!is_plain_name(row.name))
        warn(row.line, "name " + in_quotes(row.name) +
                           ": ace-dt mirror batch-deserialize accepts only 1 to 128 letters, digits or '_'");
    return std::move(list_);
  }

 private:
  void warn(std::size_t line, const std::string& what) {
    list_.warnings.push_back(file_line(file_, line) + ": " + what);
  }

  void take_header(CsvRecord record) {
    header_line_ = record.line;
    header_ = std::move(record.fields);
    const std::string& second = header_[std::min<std::size_t>(1, header_.size() - 1)];
    if (is_artifact(second))
      throw Error(ErrorKind::usage, "the first line is not a header but the artifact " + in_quotes(second))
          .hint("the first line must be a header such as \"name,artifact\"");
    const auto column = std::ranges::find_if(header_, is_artifact_column) - header_.begin();
    if (!is_artifact_column(second) && static_cast<std::size_t>(column) < header_.size())
      throw Error(ErrorKind::usage, "column " + std::to_string(column + 1) + " is called artifact")
          .hint("put name in the first column and artifact in the second, without a column of row numbers before them");
    if (!is_artifact_column(second) && is_reference(second))
      warn(header_line_, "the first line is read as the header, though " + in_quotes(second) +
                             " may be an artifact: name the second column \"artifact\"");
    refuse_swallowed_rows(header_, 0);
  }

  void take_row(CsvRecord record) {
    if (record.fields.size() < 2)
      throw Error(ErrorKind::usage, "the row has one field, but needs a name and an artifact");
    if (record.fields == header_)
      throw Error(ErrorKind::usage, "the header is repeated").hint("remove this line: a list has one header");
    std::string& name = record.fields[0];
    std::string& artifact = record.fields[1];
    check_name(name);
    if (artifact.empty()) throw Error(ErrorKind::usage, "the artifact of " + in_quotes(name) + " is empty");
    check_characters(artifact, "artifact");
    oci::Reference::parse(artifact);  // only checked, not kept: a list may be very long
    refuse_swallowed_rows(record.fields, 2);
    list_.rows.push_back({.name = std::move(name), .artifact = std::move(artifact), .line = record.line});
  }

  /// Throws if a field contains a row: after a quote that was never closed, all rows up to the next quote are one
  /// field.
  void refuse_swallowed_rows(const std::vector<std::string>& fields, std::size_t from) const {
    for (std::size_t i = from; i < fields.size(); ++i) {
      const std::vector<std::string_view> lines = split(fields[i], '\n');
      if (lines.size() == 1) continue;
      for (const std::string_view line : lines) {
        const auto columns = split(line, source_.style().separator);
        if (columns.size() > 1 && is_full_reference(trim(columns[1])))
          throw Error(ErrorKind::usage, "a quoted field contains the row " + in_quotes(line))
              .hint("close the quote on the line where it is opened");
      }
    }
  }

  void check_that_nothing_is_meant() {
    if (header_.empty())
      throw Error(ErrorKind::usage, "the list is empty")
          .add(file_)
          .hint("a list begins with the header \"name,artifact\", even if it has no rows");
    if (header_.size() < 2)
      throw Error(ErrorKind::usage, "a header of one column, and no rows")
          .add(file_line(file_, header_line_))
          .hint("a list begins with the header \"name,artifact\", even if it has no rows");
    warn(header_line_, "a header without rows: there is nothing to do");
  }

  void drop_earlier_rows_of_a_name() {
    std::vector<BatchRow> all = std::exchange(list_.rows, {});
    std::map<std::string_view, std::size_t> last;  // index of the last row of each name
    for (std::size_t i = 0; i < all.size(); ++i) last[all[i].name] = i;
    std::vector<std::size_t> kept(all.size());
    for (std::size_t i = 0; i < all.size(); ++i) kept[i] = last[all[i].name];
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (kept[i] == i) {
        list_.rows.push_back(std::move(all[i]));
        continue;
      }
      const std::size_t kept_line = all[kept[i]].line;
      warn(all[i].line, "row dropped: name " + in_quotes(all[i].name) + " occurs again on line " +
                            std::to_string(kept_line) + ", and the last one counts");
      list_.dropped.push_back({.row = std::move(all[i]), .kept_line = kept_line});
    }
  }

  std::string_view file_;
  ListText source_;
  BatchList list_;
  std::vector<std::string> header_;
  std::size_t header_line_ = 0;
};

}  // namespace

BatchList BatchList::parse(std::string_view text, std::string_view file) {
  return Parser(text, file).parse();
}

}  // namespace acedt::sync
