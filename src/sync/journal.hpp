#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "acedt/base/units.hpp"
#include "acedt/sync/tracker.hpp"

namespace acedt::sync {

/// The journal, `.ace-dt/commit`: what a commit is about to do, from before the first of it is done until all of it is.
///
/// Text, in UTF-8:
///
///     ace-dt commit 2
///     ledger SIZE-BEFORE LENGTH
///     tracker SIZE-BEFORE LENGTH FILE-NAME
///     LENGTH bytes that the ledger gets
///     LENGTH bytes that the tracker gets: each row is also an archive that leaves partial/
///     for each of them its FILE-NAME there, a line each
///     end
struct Journal {
  Bytes ledger_size = {};
  std::string ledger_lines = {};
  Bytes tracker_size = {};
  std::string tracker_filename = {};
  std::vector<TrackerRow> rows = {};
  std::vector<std::string> partial = {};  ///< the file of each row in partial/
};

std::string journal_text(const Journal& journal);

/// Nothing where the text is not whole: then nothing of the commit was done. Throws Error(bad_input) naming `file`
/// where its version is unknown.
std::optional<Journal> parse_journal(std::string_view text, std::string_view file);

/// Whether this is a plain file name that ends in ".csv".
bool is_tracker_filename(std::string_view name);

std::string tracker_lines(const std::vector<TrackerRow>& rows);

}  // namespace acedt::sync
