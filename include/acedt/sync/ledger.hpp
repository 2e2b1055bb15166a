#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "acedt/base/units.hpp"
#include "acedt/oci/digest.hpp"
#include "acedt/tar/header.hpp"

namespace acedt::sync {

using tar::Location;

/// One piece of content that an archive stores: a manifest or a blob.
struct StoredBlob {
  oci::Digest digest;
  Bytes size = {};
  Location location = {};

  bool operator==(const StoredBlob&) const = default;
};

/// What an archive was made from.
struct Origin {
  std::string artifact;                 ///< as in the batch list
  std::string digest;                   ///< of the root manifest
  std::vector<std::string> needs = {};  ///< archives of lower number that have the blobs this one leaves out
  std::string platforms = {};           ///< as in its annotation: the platforms that it has; empty: all

  bool operator==(const Origin&) const = default;
};

/// What one archive stores.
struct LedgerEntry {
  std::string archive;  ///< "000001-tools.tar"
  Bytes file_size = {};
  std::vector<StoredBlob> blobs = {};
  std::optional<Origin> origin = {};  ///< unset if the archive did not record it, and in version 1

  bool operator==(const LedgerEntry&) const = default;
};

/// The ledger, `.ace-dt/ledger`, records which archive of the folder has which digest. Each commit appends to it.
///
/// UTF-8 text, one item per line:
///
///     ace-dt ledger 3
///     archive SIZE FILE-NAME-AS-JSON-STRING
///     made DIGEST ARTIFACT-AS-JSON-STRING
///     needs FILE-NAME-AS-JSON-STRING
///     …
///     platforms TEXT-AS-JSON-STRING
///     blob DIGEST SIZE FRAME SKIP
///     …
///     end COUNT
///
/// FRAME is the file offset of the frame with the blob, SKIP the decoded bytes before it: see tar::Location. `end`
/// repeats the number of blobs. An entry without it was cut by a crash; it is ignored, with everything after it.
/// `made`, `needs` and `platforms` may be missing. A later entry for the same archive replaces the earlier one. Earlier
/// versions are read too: version 2 has no `platforms`, version 1 has neither `made` nor `needs` either.
inline constexpr std::string_view ledger_header = "ace-dt ledger 3\n";
inline constexpr std::string_view ledger_header_2 = "ace-dt ledger 2\n";  // same length
inline constexpr std::string_view ledger_header_1 = "ace-dt ledger 1\n";  // same length

/// Returns `entry` as lines of the ledger, without the header.
std::string ledger_lines(const LedgerEntry& entry);

/// Parses a ledger piece by piece, entry by entry, as it may be large. Does no I/O.
class LedgerParser {
 public:
  /// `file` is the name for messages.
  explicit LedgerParser(std::string file) : file_(std::move(file)) {}

  /// Appends the next piece of the file.
  void feed(std::string_view text);
  /// Returns the next complete entry. Unset if more text is needed, if the next entry is damaged, or if the text does
  /// not start with a header. Throws Error(bad_input) if the header is of an unknown version.
  std::optional<LedgerEntry> next();
  /// Returns how much of the file the header and the entries so far take: where to append.
  Bytes whole() const noexcept { return whole_; }

 private:
  std::string file_;
  std::string text_;   // from offset before_ of the file on
  Bytes before_ = {};  // at most whole_
  Bytes whole_ = {};
};

}  // namespace acedt::sync
