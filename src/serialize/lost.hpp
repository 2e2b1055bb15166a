#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "acedt/serialize/options.hpp"
#include "acedt/sync/batch_list.hpp"
#include "acedt/sync/folder.hpp"

namespace acedt::serialize {

/// For people: "sync/000001-a.tar is gone, though 000002-b.tar needs it".
std::string describe(const sync::LostArchive& lost, const sync::Folder& folder);
/// What to do where it cannot be made again.
inline constexpr std::string_view remedy_for_lost =
    ", and cannot be made again: restore it from a copy, or delete it and what needs it, each with its row of the "
    "tracker";

/// Puts a row for each archive of the folder that has to be made again in front of `rows`, instead of one with the same
/// name and artifact. Reads archives that have another size than they had: one that has all its content is not lost.
///
/// Blocks. Throws Error(corrupt) that names the archive where it cannot be made again as it was.
void put_lost_first(std::vector<sync::BatchRow>& rows, const sync::Folder& folder, const Options& options);

}  // namespace acedt::serialize
