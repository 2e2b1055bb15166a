#pragma once

#include "acedt/base/units.hpp"
#include "acedt/oci/digest.hpp"
#include "acedt/sync/folder.hpp"

namespace acedt::serialize {

/// What tracker and ledger of a folder were when a plan was made. Both only grow, so a plan fits as long as they begin
/// with it, and only rows of the plan were added.
struct FolderMark {
  struct Beginning {
    Bytes size;
    oci::Digest digest;
    bool operator==(const Beginning&) const = default;
  };
  Beginning tracker;
  Beginning ledger;  ///< its complete entries, without the header

  /// Returns the mark of the folder. Reads both files. Throws Error(storage).
  static FolderMark of(const sync::FolderState& folder);
  /// Returns whether tracker and ledger of the folder begin with this. Throws Error(storage).
  bool fits(const sync::FolderState& folder) const;

  bool operator==(const FolderMark&) const = default;
};

}  // namespace acedt::serialize
