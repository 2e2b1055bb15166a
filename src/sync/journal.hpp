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

/// The journal, `.ace-dt/commit`, says what a commit is about to do. It is on disk before the first step, and is
/// renamed away after the last one. So after a crash, the next run can settle the commit.
///
/// UTF-8 text:
///
///     ace-dt commit 4
///     ledger SIZE-BEFORE LENGTH
///     tracker SIZE-BEFORE LENGTH FILE-NAME
///     LENGTH bytes to append to the ledger: an entry for each archive that leaves partial/
///     LENGTH bytes to append to the tracker: the rows of those archives that it does not have yet
///     FILE-NAME in partial/, a line for each archive; "replace FILE-NAME" if an empty file has its final name;
///       "parts COUNT" before both if it is in parts
///     end
///
/// Versions 2 and 3 are read, too. Version 3 has no "parts"; 2 has a row for each archive and no "replace" either.
struct Journal {
  struct Archive {
    LedgerEntry stored;
    std::string partial;    ///< name of its file in partial/, without the numbers of parts
    bool replaces = false;  ///< it replaces the empty file that has its final name
    unsigned parts = 0;     ///< the number of its parts; 0: it is not divided
  };

  Bytes ledger_size = {};
  Bytes tracker_size = {};
  std::string tracker_filename = {};
  std::vector<TrackerRow> rows = {};
  std::vector<Archive> archives = {};
};

/// Returns the text of `journal`.
std::string journal_text(const Journal& journal);

/// Parses what journal_text() returned. Unset if the text is not complete: then no step of the commit was done. Throws
/// Error(bad_input) that names `file` if its version is unknown.
std::optional<Journal> parse_journal(std::string_view text, std::string_view file);

/// Returns what to append to the ledger, and to the tracker.
std::string ledger_lines(const Journal& journal);
std::string tracker_lines(const Journal& journal);

/// Removes all archives except the first `count`, and their rows, from `journal`.
void keep_first(Journal& journal, std::size_t count);

/// Returns true if a tracker may have this name: a path in the sync folder, neither an archive's nor in .ace-dt.
bool is_tracker_filename(std::string_view name);

}  // namespace acedt::sync
