#pragma once

#include <cstddef>
#include <functional>
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

/// Calls `use` with each record of CSV (RFC 4180) as people write it: a UTF-8 BOM, CRLF, blank lines and lines of
/// blanks only, `#` comments (a line that begins with '#', blanks before it allowed, and from a blank followed by '#'
/// to the end of the line outside quotes), blanks around fields and around quoted fields. A quoted field may hold
/// commas, line ends and "" for a quote.
///
/// Throws Error(bad_input) "FILE:LINE: …" on a bare quote, or a quote that is never closed. `file` is for messages.
void parse_csv(std::string_view text, std::string_view file, Comments comments,
               const std::function<void(CsvRecord)>& use);

/// One record with its line end, quoted as Go's csv.Writer does: only fields that contain a comma, a quote, CR or LF,
/// begin with a Unicode space, or are `\.`; and an only field that is empty. Beyond it, fields that end with a space,
/// which parse_csv() would take off.
std::string csv_line(const std::vector<std::string>& fields);

}  // namespace acedt::sync
