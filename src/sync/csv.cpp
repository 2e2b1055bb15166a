// A reader that accepts what people, spreadsheets and Go's csv.Writer write, and a writer whose output both this reader
// and Go's read back unchanged.

#include "acedt/sync/csv.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "acedt/base/error.hpp"

namespace acedt::sync {
namespace {

constexpr std::string_view byte_order_mark = "\ufeff";

bool is_printable_ascii(char c) {
  return c > ' ' && c <= '~';
}

bool is_line_end(char c) {
  return c == '\n' || c == '\r';
}

/// Unicode's White_Space, as in Go's csv package, except line feed and carriage return.
constexpr auto spaces =
    std::to_array<std::string_view>({" ",      "\t",     "\v",     "\f",     "\u0085", "\u00a0", "\u1680", "\u2000",
                                     "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006", "\u2007", "\u2008",
                                     "\u2009", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"});

/// Returns the length in bytes of the space at the start of `text`; 0 if there is none.
std::size_t space_length(std::string_view text) {
  if (text.empty() || is_printable_ascii(text.front()) || is_line_end(text.front())) return 0;
  const auto* const space = std::ranges::find_if(spaces, [&](std::string_view one) { return text.starts_with(one); });
  return space == spaces.end() ? 0 : space->size();
}

bool ends_with_space(std::string_view text) {
  if (text.empty() || is_printable_ascii(text.back())) return false;
  return std::ranges::any_of(spaces, [&](std::string_view one) { return text.ends_with(one); });
}

/// Removes the line ending at the start of `text`, which must be one: LF, CRLF or CR.
void remove_line_end(std::string_view& text) {
  text.remove_prefix(text.starts_with("\r\n") ? 2 : 1);
}

bool needs_quotes(std::string_view field) {
  return field.find_first_of(",\"\r\n") != std::string_view::npos || space_length(field) != 0 ||
         ends_with_space(field) || field == "\\.";
}

std::string quoted_field(std::string_view field) {
  std::string out = "\"";
  for (const char c : field) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
  return out;
}

}  // namespace

CsvReader::CsvReader(std::string_view text, std::string_view file, CsvStyle style)
    : rest_(text), file_(file), style_(style), line_(style.first_line) {
  if (rest_.starts_with(byte_order_mark)) rest_.remove_prefix(byte_order_mark.size());
}

std::optional<CsvRecord> CsvReader::next() {
  for (; !rest_.empty(); end_line()) {
    skip_blanks();
    if (rest_.starts_with('#')) skip_comment();
    if (at_line_end()) continue;
    CsvRecord found = record();
    end_line();
    return found;
  }
  return std::nullopt;
}

bool CsvReader::at_line_end() const {
  return rest_.empty() || is_line_end(rest_.front());
}

bool CsvReader::at_field_end() const {
  return at_line_end() || rest_.front() == style_.separator;
}

void CsvReader::end_line() {
  if (rest_.empty()) return;
  remove_line_end(rest_);
  ++line_;
}

void CsvReader::skip_comment() {
  rest_.remove_prefix(std::min(rest_.find_first_of("\r\n"), rest_.size()));
}

void CsvReader::skip_blanks() {
  const std::size_t before = rest_.size();
  while (!rest_.starts_with(style_.separator)) {
    const std::size_t length = space_length(rest_);
    if (length == 0) break;
    rest_.remove_prefix(length);
  }
  if (style_.comments == Comments::anywhere && rest_.size() < before && rest_.starts_with('#')) skip_comment();
}

/// Takes one byte, and the printable bytes after it that have no special meaning.
std::string_view CsvReader::take_word() {
  const auto ends = [this](char c) { return !is_printable_ascii(c) || c == style_.separator || c == '"'; };
  const std::string_view word(rest_.begin(), std::find_if(rest_.begin() + 1, rest_.end(), ends));
  rest_.remove_prefix(word.size());
  return word;
}

CsvRecord CsvReader::record() {
  CsvRecord record{.line = line_, .fields = {}};
  for (;;) {
    record.fields.push_back(rest_.starts_with('"') ? quoted_field() : plain_field());
    if (!rest_.starts_with(style_.separator)) return record;
    rest_.remove_prefix(1);
    skip_blanks();
  }
}

std::string CsvReader::plain_field() {
  std::string field;
  while (!at_field_end()) {
    if (rest_.front() == '"')
      fail(line_, "a quote inside a field that does not begin with one",
           R"(put the whole field in quotes, and write "" for a quote in it)");
    field += take_word();
    const std::string_view blanks = rest_;
    skip_blanks();
    if (!at_field_end()) field += blanks.substr(0, blanks.size() - rest_.size());
  }
  return field;
}

std::string CsvReader::quoted_field() {
  std::string field;
  const std::size_t first_line = line_;
  for (rest_.remove_prefix(1);;) {
    const std::size_t length = rest_.find_first_of("\"\r\n");
    if (length == std::string_view::npos) fail(first_line, "a quote is never closed", "close it on the same line");
    field += rest_.substr(0, length);
    rest_.remove_prefix(length);
    if (is_line_end(rest_.front())) {
      field += rest_.starts_with("\r\n") ? '\n' : rest_.front();
      end_line();
      continue;
    }
    rest_.remove_prefix(1);
    if (!rest_.starts_with('"')) break;
    rest_.remove_prefix(1);
    field += '"';
  }
  skip_blanks();
  if (!at_field_end())
    fail(line_, "text after a closing quote",
         R"(write "" for a quote in a quoted field, and a separator after the field)");
  return field;
}

void CsvReader::fail(std::size_t line, const char* what, const char* advice) const {
  throw Error(ErrorKind::usage, what).add(file_line(file_, line)).hint(advice);
}

std::string csv_line(const std::vector<std::string>& fields) {
  if (fields.size() == 1 && fields.front().empty()) return "\"\"\n";
  std::string line;
  std::string_view separator;
  for (const std::string& field : fields) {
    line += separator;
    line += needs_quotes(field) ? quoted_field(field) : field;
    separator = ",";
  }
  line += '\n';
  return line;
}

}  // namespace acedt::sync
