#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace acedt::sync {

/// One record of a CSV file, with the line it begins on (from 1).
struct CsvRecord {
  std::size_t line = 0;
  std::vector<std::string> fields = {};
};

/// Where a '#' begins a comment.
enum class Comments {
  anywhere,     ///< at the start of a line, and behind a blank: what people write
  whole_lines,  ///< at the start of a line only: what csv_line() wrote, whose fields may have " #" in them
};

/// How a CSV file is written.
struct CsvStyle {
  char separator = ',';
  Comments comments = Comments::anywhere;
  std::size_t first_line = 1;  ///< the number of the line that the text begins with
};

/// Reads CSV (RFC 4180) as people and programs write it, record by record: a UTF-8 BOM, lines that end in LF, CRLF or
/// CR alone, blank lines and lines of blanks only, `#` comments (a line that begins with '#', blanks before it allowed,
/// and from a blank followed by '#' to the end of the line outside quotes), blanks around fields and around quoted
/// fields. A quoted field may hold separators, line ends and "" for a quote.
class CsvReader {
 public:
  /// `text` and `file`, its name for messages, must outlive the reader.
  CsvReader(std::string_view text, std::string_view file, CsvStyle style);

  /// The next record; nothing at the end. Throws Error(usage) "FILE:LINE: …" on a bare quote, or a quote that is never
  /// closed.
  std::optional<CsvRecord> next();

 private:
  bool at_line_end() const;
  bool at_field_end() const;
  void end_line();
  void skip_comment();
  void skip_blanks();
  std::string_view take_word();
  CsvRecord record();
  std::string plain_field();
  std::string quoted_field();
  [[noreturn]] void fail(std::size_t line, const char* what, const char* advice) const;

  std::string_view rest_;
  std::string_view file_;
  CsvStyle style_;
  std::size_t line_;
};

/// One record with its line end, quoted as Go's csv.Writer does: only fields that contain a comma, a quote, CR or LF,
/// begin with a Unicode space, or are `\.`; and an only field that is empty. Beyond it, fields that end with a space,
/// which CsvReader would take off.
std::string csv_line(const std::vector<std::string>& fields);

}  // namespace acedt::sync
