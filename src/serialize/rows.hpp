#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "acedt/report/observer.hpp"
#include "acedt/serialize/run.hpp"
#include "acedt/sync/batch_list.hpp"
#include "acedt/sync/folder.hpp"

namespace acedt::serialize {

/// Returns the name of the list for messages: its path, or "standard input".
std::string list_name(const Options& options);

/// Reads the list of `options`, to the end of standard input if its name is "-". Throws Error(usage) if it cannot be
/// understood; Error(storage) if it cannot be read.
sync::BatchList read_list(const Options& options);

/// Returns the rows that the tracker does not have, those whose archives lack platforms that `options` ask for and,
/// with check_tags, those whose tag may have moved. Tells the observer of the others. Blocks on the disk.
std::vector<sync::BatchRow> rows_to_do(sync::BatchList list, const sync::FolderState& folder, const Options& options,
                                       report::Observer& observer);

/// Throws Error(usage) if the numbers for new archives run out.
void require_numbers(const std::vector<sync::BatchRow>& rows, const sync::FolderState& folder);

/// Returns text for the user: "sync/000001-a.tar is gone, though it is needed by 000002-b.tar".
std::string describe(const sync::LostArchive& lost, const sync::FolderState& folder);
/// The end of the message if it cannot be rebuilt: what the user can do. Follows describe().
inline constexpr std::string_view remedy_for_lost =
    ", and cannot be rebuilt: restore it from a copy, or delete it and the archives that need it, each with its row of "
    "the tracker";

/// Puts a row for each lost archive in front of `rows`, and removes rows with the same name and artifact, unless they
/// want more platforms. Reads archives whose size changed: an archive that still has all its content is not lost.
///
/// Blocks on the disk. Throws Error(corrupt) that names the archive if it cannot be rebuilt as it was; Error(storage)
/// if one cannot be read.
void put_lost_first(std::vector<sync::BatchRow>& rows, const sync::FolderState& folder, const Options& options);

}  // namespace acedt::serialize
