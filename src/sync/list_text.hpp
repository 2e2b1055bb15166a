#pragma once

#include <string>
#include <string_view>

#include "acedt/sync/csv.hpp"

namespace acedt::sync {

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

}  // namespace acedt::sync
