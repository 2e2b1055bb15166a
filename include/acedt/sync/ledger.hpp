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

/// One piece of content that an archive stores, manifests and blobs alike.
struct StoredBlob {
  oci::Digest digest;
  Bytes size = {};
  Location location = {};

  bool operator==(const StoredBlob&) const = default;
};

/// What an archive was made of.
struct Origin {
  std::string artifact;                 ///< as the batch list had it
  std::string digest;                   ///< of the root manifest
  std::vector<std::string> needs = {};  ///< archives of lower number with blobs that this one leaves out

  bool operator==(const Origin&) const = default;
};

/// What one archive stores.
struct LedgerEntry {
  std::string archive;  ///< "000001-tools.tar"
  Bytes file_size = {};
  std::vector<StoredBlob> blobs = {};
  std::optional<Origin> origin = {};  ///< unset for an archive that was only read, and in version 1

  bool operator==(const LedgerEntry&) const = default;
};

/// The ledger, `.ace-dt/ledger`: which archive of the folder has which digest. Appended to at each commit.
///
/// Text, a line each, in UTF-8:
///
///     ace-dt ledger 2
///     archive SIZE FILE-NAME-AS-JSON-STRING
///     made DIGEST ARTIFACT-AS-JSON-STRING
///     needs FILE-NAME-AS-JSON-STRING
///     …
///     blob DIGEST SIZE FRAME SKIP
///     …
///     end COUNT
///
/// `end` repeats the number of blobs; an entry without it was cut by a crash and counts no more than all that
/// follows. `made` and `needs` may be missing. A later entry for the same archive replaces the earlier one. Version 1,
/// which is read too, had no `made` and no `needs`.
inline constexpr std::string_view ledger_header = "ace-dt ledger 2\n";
inline constexpr std::string_view ledger_header_1 = "ace-dt ledger 1\n";  // of the same length

/// `entry` as lines of the ledger, without the header.
std::string ledger_lines(const LedgerEntry& entry);

/// Reads a ledger piece by piece, entry by entry: it may be far larger than memory should be.
class LedgerParser {
 public:
  /// `file` is for messages.
  explicit LedgerParser(std::string file) : file_(std::move(file)) {}

  /// What follows in the file.
  void feed(std::string_view text);
  /// The next whole entry. Nothing: more text is needed, or what follows is not whole; text that does not begin with a
  /// header has none. Throws Error(bad_input) where the header is of an unknown version.
  std::optional<LedgerEntry> next();
  /// How much of the file the header and the entries so far take: where to go on appending.
  Bytes whole() const noexcept { return whole_; }

 private:
  std::string file_;
  std::string text_;   // from some place before whole_ on
  Bytes before_ = {};  // that place
  Bytes whole_ = {};
};

}  // namespace acedt::sync
