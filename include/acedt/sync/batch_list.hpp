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
  std::string artifact;  ///< a valid reference, as written; goes into the tracker and the archive
  std::size_t line = 0;  ///< from 1
  std::shared_ptr<const LostArchive> lost = {};  ///< the archive to rebuild; null: make a new one
  /// The digest of its newest archive, if a new one is to be made only if the artifact has another digest now.
  std::string known_digest = {};
};

/// A row that was dropped because a later row has the same name.
struct DroppedRow {
  BatchRow row = {};
  std::size_t kept_line = 0;  ///< of the row that counts
};

/// The content of the file BATCH-LIST.
struct BatchList {
  std::vector<BatchRow> rows = {};         ///< each name once, with its last row, in the order of those rows
  std::vector<DroppedRow> dropped = {};    ///< in the order of the list
  std::vector<std::string> warnings = {};  ///< "FILE:LINE: …", for the user

  /// Parses CSV with a header and the columns name and artifact, in any encoding and style that spreadsheets and
  /// editors save: see ListText. Ignores further columns, as the reference does, and rows of empty fields. `file` is
  /// the name for messages.
  ///
  /// Throws Error(usage) "FILE:LINE: …" with a hint if the list cannot be understood:
  ///   - there is no header, the header is an artifact or is repeated, or "artifact" is not its second column;
  ///   - a row has one field, or an empty name or artifact, or invisible characters in these;
  ///   - a name has a '/', is longer than 200 bytes, or is "." or "..";
  ///   - an artifact is not a valid reference;
  ///   - a further column has a whole row in it, as after a quote that was never closed.
  ///
  /// Warns of a list without rows, of a header that may be an artifact, of dropped rows, and of names that the
  /// reference's batch-deserialize cannot read: those that do not match [A-Za-z0-9_]{1,128}.
  static BatchList parse(std::string_view text, std::string_view file);
};

}  // namespace acedt::sync
