#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "acedt/base/units.hpp"
#include "acedt/oci/digest.hpp"
#include "acedt/tar/place.hpp"

namespace acedt::sync {

using tar::Place;

/// One piece of content that an archive stores, manifests and blobs alike.
struct StoredBlob {
  oci::Digest digest;
  Bytes size = {};
  Place place = {};

  bool operator==(const StoredBlob&) const = default;
};

/// What one archive stores.
struct LedgerEntry {
  std::string archive;  ///< "000001-tools.tar"
  Bytes file_size = {};
  std::vector<StoredBlob> blobs = {};

  bool operator==(const LedgerEntry&) const = default;
};

/// The ledger, `.ace-dt/ledger`: which archive of the folder has which digest. Appended to at each commit.
///
/// Text, a line each, in UTF-8:
///
///     ace-dt ledger 1
///     archive SIZE FILE-NAME-AS-JSON-STRING
///     blob DIGEST SIZE FRAME SKIP
///     …
///     end COUNT
///
/// `end` repeats the number of blobs; an entry without it was cut by a crash and is dropped with all that follows. A
/// later entry for the same archive replaces the earlier one.
inline constexpr std::string_view ledger_header = "ace-dt ledger 1\n";

/// `entry` as lines of the ledger, without the header.
std::string ledger_lines(const LedgerEntry& entry);

struct LedgerText {
  std::vector<LedgerEntry> entries = {};  ///< whole ones, in their order, replaced ones left out
  Bytes whole = {};                       ///< how much of the text they and the header take: where to go on appending
};
/// Reads what is whole. Throws Error(bad_input) naming `file` where the header is of an unknown version; text that does
/// not begin with a header at all counts as cut at its start (whole = 0). A million blobs take well under a second.
LedgerText parse_ledger(std::string_view text, std::string_view file);

}  // namespace acedt::sync
