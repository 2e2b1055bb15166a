#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "acedt/base/disk.hpp"
#include "acedt/deserialize/options.hpp"
#include "acedt/sync/archive_name.hpp"
#include "deserialize/plan.hpp"

namespace acedt::deserialize {

/// The archives of a folder, found by their names.
struct FolderNames {
  struct File {
    sync::ArchiveName name;
    std::string file;                      ///< as in the folder
    std::string tag;                       ///< to put; empty: none
    bool is_wanted = true;                 ///< --only matches it
    std::optional<oci::Digest> root = {};  ///< from its first index.json; unset if that cannot be read
  };
  std::vector<File> archives = {};        ///< in the order of their numbers
  std::vector<std::string> ignored = {};  ///< files that are neither archives nor `*.csv` nor hidden
};

/// Reads the names in `options.sync_directory`, and the first index.json of each archive. Blocks. Throws Error(usage)
/// if the folder does not exist, if two archives have the same number, if an archive is there both as a file and in
/// parts, if a name cannot be a tag and --tag-as gives none, or if a pattern of --only matches nothing.
FolderNames names_in(const BatchOptions& options, const Disk& disk = Disk::real());

/// Returns the Source for an archive of `options.sync_directory`, for plan_archives().
Source source_of(const FolderNames::File& file, const BatchOptions& options);

/// Sets ArchivePlan::place and tags in `plans`, which are some of the archives of `names`, in their order.
void add_folder_tags(std::vector<ArchivePlan>& plans, const FolderNames& names);

/// Returns `destination` as a reference without a tag. Throws Error(usage) if it has a tag or a digest.
oci::Reference parse_destination(const std::string& destination);

}  // namespace acedt::deserialize
