#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "acedt/serialize/options.hpp"
#include "acedt/sync/batch_list.hpp"
#include "acedt/sync/folder.hpp"

namespace acedt::serialize {

/// Returns text for the user: "sync/000001-a.tar is gone, though it is needed by 000002-b.tar".
std::string describe(const sync::LostArchive& lost, const sync::Folder& folder);
/// What the user can do if it cannot be rebuilt; follows describe().
inline constexpr std::string_view remedy_for_lost =
    ", and cannot be made again: restore it from a copy, or delete it and what needs it, each with its row of the "
    "tracker";

/// Puts a row for each lost archive in front of `rows`, and removes rows with the same name and artifact. Reads
/// archives whose size changed: an archive that still has all its content is not lost.
///
/// Blocks on the disk. Throws Error(corrupt) that names the archive if it cannot be rebuilt as it was; Error(storage)
/// if one cannot be read.
void put_lost_first(std::vector<sync::BatchRow>& rows, const sync::Folder& folder, const Options& options);

}  // namespace acedt::serialize
