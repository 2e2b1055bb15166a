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

/// What the file BATCH-LIST says.
struct BatchList {
  std::vector<BatchRow> rows = {};         ///< each name once, with its last row, in the order of those rows
  std::vector<std::string> warnings = {};  ///< names that the reference's batch-deserialize cannot read

  /// Reads CSV with a header and the columns name and artifact; columns beyond are ignored, as the reference does.
  ///
  /// Throws Error(bad_input) "FILE:LINE: …" with a hint for: a first record that is no header but an artifact (its
  /// second field is a reference with a '/' in it); a row of one field; an empty name or artifact; a name with '/', a
  /// control character, over 200 bytes, or that is "." or ".."; an artifact that is no reference. An empty file, or
  /// only a header, is an empty list. A warning names each name that does not match [A-Za-z0-9_]{1,128}.
  static BatchList parse(std::string_view text, std::string_view file);
};

}  // namespace acedt::sync
