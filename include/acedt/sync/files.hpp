#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "acedt/base/disk.hpp"
#include "acedt/base/joined_file.hpp"
#include "acedt/base/units.hpp"

namespace acedt::sync {

/// A file of a sync folder, or an archive in parts: "000001-tools.tar" for 000001-tools.tar.001 and those after it.
struct ListedFile {
  std::string name;
  bool is_there = true;  ///< a file, folder, … has this name; false: only parts are there
  PartSizes parts = {};  ///< of an archive

  /// Returns the names of the parts, or else the name of the file.
  std::vector<std::string> files() const;
  /// Returns why it cannot be said which content counts: there is a file, and there are parts. Empty if that is clear.
  std::string conflict() const;
};

/// Returns the names in `directory`, unordered. Parts of what is named like an archive are joined. Throws
/// Error(storage).
std::vector<ListedFile> files_in(const std::filesystem::path& directory, const Disk& disk);

/// Returns the name of the archive that a part belongs to, else `file`.
std::string archive_of(const std::string& file);

/// Returns the path of the archive that `file`, which a user named, is a part of; else `file`. The archive may have any
/// name that ends in .tar, .tar.gz or .tar.zst. Throws Error(usage) if a file of that name exists, too.
std::filesystem::path joined_path(const std::filesystem::path& file, const Disk& disk = Disk::real());

}  // namespace acedt::sync
