#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "acedt/archive/contents.hpp"
#include "acedt/base/disk.hpp"
#include "acedt/plan/shards.hpp"
#include "acedt/verify/assume.hpp"
#include "acedt/verify/findings.hpp"

namespace acedt::verify {

/// What to check, and how.
struct Options {
  std::string tracker_filename = {};
  bool full = false;        ///< hash every blob, not only manifests
  std::size_t threads = 1;  ///< 1 or more
  Assumed assumed = {};
  std::optional<plan::Shard> shard = {};  ///< check only these archives of a folder
};

/// What was checked and found.
struct Result {
  bool full = false;
  std::optional<plan::Shard> shard = {};  ///< if only its archives were checked
  std::string against = {};               ///< the repository that was asked; empty: none
  std::vector<Examined> archives = {};    ///< in the order of their numbers
  std::vector<Finding> findings = {};     ///< of the folder, then of each archive
};

/// Checks a folder without a network. Compares sizes with the ledger, and roots with the tracker and the ledger. Reads
/// the headers of each archive, compares its manifests with their digests, and checks that all content that it names is
/// in it or in an archive of lower number. With `full`, also compares every blob with its digest. Takes no lock and
/// writes nothing.
///
/// With `shard`, checks only the archives of that shard: they are divided by the sizes of their files, in the order of
/// their numbers. Findings about the folder are those of shard 1. To know what is in the other archives, reads the
/// headers of a plain one. For a compressed one, believes the ledger if that has it with its size, else decodes it.
/// The shards together check what is checked without one, and their findings are the same, with one exception: what an
/// archive misses because another one, which the ledger has, is damaged.
///
/// Takes about 200 bytes of memory for each blob, and up to 64 MiB of manifests for each archive that is being read.
/// Blocks on the disk. An archive that cannot be read becomes a finding. Throws the errors of sync::FolderView::read(),
/// and Error(internal) if no thread can be started.
Result verify_folder(const std::filesystem::path& directory, const Options& options, const Disk& disk = Disk::real());

/// Checks one archive by itself; content that it leaves out is missing. Throws Error(internal) if no thread can be
/// started.
Result verify_file(const std::filesystem::path& path, const Options& options, const Disk& disk = Disk::real());

/// Checks one archive from a pipe, with every blob, in one pass. `file` is its name for findings. Throws what `read`
/// throws, and Error(internal) if no thread can be started.
Result verify_stream(const archive::ReadInput& read, const std::string& file, const Assumed& assumed);

}  // namespace acedt::verify
