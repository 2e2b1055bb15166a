#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace acedt::sync {

struct LostArchive;

/// A row of the batch list: this artifact is to be mirrored under this name.
struct BatchRow {
  std::string name;
  std::string artifact;  ///< as written, a reference that can be parsed; goes into the tracker and the archive
  std::size_t line = 0;
  std::shared_ptr<const LostArchive> lost = {};  ///< the archive that is to be made again, instead of a new one
};

/// A row whose name a later row has too.
struct DroppedRow {
  BatchRow row = {};
  std::size_t kept_line = 0;  ///< of the row that counts
};

/// What the file BATCH-LIST says.
struct BatchList {
  std::vector<BatchRow> rows = {};         ///< each name once, with its last row, in the order of those rows
  std::vector<DroppedRow> dropped = {};    ///< in the order of the list
  std::vector<std::string> warnings = {};  ///< "FILE:LINE: …", for people

  /// Reads CSV with a header and the columns name and artifact, in any encoding and style that spreadsheets and editors
  /// save: see ListText. Columns beyond are ignored, as the reference does, and so are rows of empty fields.
  ///
  /// Throws Error(usage) "FILE:LINE: …" with a hint for what is not understood: a file without a header; a header that
  /// is an artifact, has "artifact" elsewhere than in the second column, or occurs again; a row of one field; an empty
  /// name or artifact; characters that cannot be seen in them; a name with '/', over 200 bytes, or that is "." or "..";
  /// an artifact that is no reference; a further column that has a row in it, as after a quote that was never closed.
  /// Warns of a list without rows, of a header that may be an artifact, of rows that were dropped, and of names that
  /// the reference's batch-deserialize cannot read: those that do not match [A-Za-z0-9_]{1,128}.
  static BatchList parse(std::string_view text, std::string_view file);
};

}  // namespace acedt::sync
