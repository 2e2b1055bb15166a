#pragma once

#include <string>
#include <string_view>

#include "acedt/sync/csv.hpp"

namespace acedt::sync {

/// A batch list as some program saved it: its text in UTF-8, and how that is to be read.
///
/// Understood: UTF-8 and UTF-16 of either byte order, with and without a byte order mark; columns that are separated by
/// commas, semicolons, tabs or bars, whichever of these, in this order, the first line has; Excel's first line `sep=;`.
class ListText {
 public:
  /// `saved`, the content of the file, must outlive the object. Throws Error(usage) for a file that is another kind of
  /// document, for UTF-16 that is cut or wrong, and, with the line, for a NUL or a Unicode line separator.
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

/// Throws Error(usage) where the field `text` has something in it that cannot be seen, or that only spreadsheets and
/// word processors put there: bytes that are not UTF-8, control characters, invisible characters, curly quotes, a
/// leading '=' or apostrophe. `what` is the field's name for the message.
void check_characters(std::string_view text, std::string_view what);

}  // namespace acedt::sync
