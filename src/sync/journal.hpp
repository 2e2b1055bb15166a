#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "acedt/base/units.hpp"
#include "acedt/sync/ledger.hpp"
#include "acedt/sync/tracker.hpp"

namespace acedt::sync {

/// The journal, `.ace-dt/commit`: what a commit is about to do, from before the first of it is done until all of it is.
///
/// Text, in UTF-8:
///
///     ace-dt commit 3
///     ledger SIZE-BEFORE LENGTH
///     tracker SIZE-BEFORE LENGTH FILE-NAME
///     LENGTH bytes that the ledger gets: an entry for each archive that leaves partial/
///     LENGTH bytes that the tracker gets: rows of those archives that it does not have
///     for each archive its FILE-NAME in partial/, a line each; after "replace " where a damaged file has its final
///     name end
///
/// Version 2, which is read too, had a row for each archive and replaced none.
struct Journal {
  struct Archive {
    LedgerEntry stored;
    std::string partial;    ///< its file in partial/
    bool replaces = false;  ///< the file that has its final name
  };

  Bytes ledger_size = {};
  Bytes tracker_size = {};
  std::string tracker_filename = {};
  std::vector<TrackerRow> rows = {};
  std::vector<Archive> archives = {};
};

std::string journal_text(const Journal& journal);

/// Nothing where the text is not whole: then nothing of the commit was done. Throws Error(bad_input) naming `file`
/// where its version is unknown.
std::optional<Journal> parse_journal(std::string_view text, std::string_view file);

/// What the ledger and the tracker get.
std::string ledger_lines(const Journal& journal);
std::string tracker_lines(const Journal& journal);

/// Takes all but the first `count` archives out of `journal`.
void keep_first(Journal& journal, std::size_t count);

/// Whether a tracker may have this name: a path within the sync folder that is neither an archive's nor in .ace-dt.
bool is_tracker_filename(std::string_view name);

}  // namespace acedt::sync
