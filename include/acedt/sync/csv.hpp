#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace acedt::sync {

/// Returns how errors name a line of a text file: "FILE:LINE".
inline std::string file_line(std::string_view file, std::size_t line) {
  return std::string(file) + ':' + std::to_string(line);
}

/// One record of a CSV file.
struct CsvRecord {
  std::size_t line = 0;  ///< where it begins, from 1
  std::vector<std::string> fields = {};
};

/// Where a '#' starts a comment.
enum class Comments {
  anywhere,     ///< at the start of a line, and after a blank: for files written by hand
  whole_lines,  ///< only at the start of a line: for files from csv_line(), whose fields may contain " #"
};

/// The dialect of a CSV file.
struct CsvStyle {
  char separator = ',';
  Comments comments = Comments::anywhere;
  std::size_t first_line = 1;  ///< number of the first line of the text
};

/// Reads CSV (RFC 4180), record by record, as humans and programs write it. Accepts and removes:
///   - a UTF-8 byte order mark; line endings LF, CRLF or CR; lines that are empty or have only blanks;
///   - comments: lines that start with '#', blanks before it allowed; outside quotes also " #" to the end of the line;
///   - blanks around fields, quoted or not.
/// A quoted field may contain separators, line endings, and "" for a quote.
class CsvReader {
 public:
  /// `text` and `file`, its name for messages, must outlive the reader.
  CsvReader(std::string_view text, std::string_view file, CsvStyle style);

  /// Returns the next record; unset at the end. Throws Error(usage) "FILE:LINE: …" on a stray quote, on text after a
  /// closing quote, or on a quote that is never closed.
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

/// Returns one record with a newline. Quotes a field as Go's csv.Writer does: if it contains a comma, a quote, CR or
/// LF, starts with a Unicode space, is `\.`, or is empty and the only one. Unlike Go, also quotes a field that ends
/// with a space, which CsvReader would remove.
std::string csv_line(const std::vector<std::string>& fields);

}  // namespace acedt::sync
