#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "acedt/archive/contents.hpp"
#include "acedt/base/disk.hpp"
#include "acedt/verify/assume.hpp"
#include "acedt/verify/findings.hpp"

namespace acedt::verify {

/// What to check, and how.
struct Options {
  std::string tracker_filename = {};
  bool full = false;        ///< hash every byte; else only manifests
  std::size_t threads = 1;  ///< 1 or more
  Assumed assumed = {};
};

/// What was checked and found.
struct Result {
  bool full = false;
  std::string against = {};             ///< the repository that was asked, too; empty: none
  std::vector<Examined> archives = {};  ///< in the order of their numbers
  std::vector<Finding> findings = {};   ///< of the folder, then of each archive
};

/// Checks a folder without a network: names and numbers, sizes against the ledger, roots against tracker and ledger,
/// the framing of each archive, its manifests against their digests, and whether all content that it names is in it or
/// in an archive of lower number. With `full`, also every blob against its digest. Takes no lock and writes nothing.
///
/// Memory: about 200 bytes for each blob, and for each of a few archives at a time up to 64 MiB of manifests. Blocks
/// on the disk. An archive that cannot be read is a finding; throws the errors of sync::FolderView::read() and
/// Error(internal) if no thread can be started.
Result verify_folder(const std::filesystem::path& directory, const Options& options, const Disk& disk = Disk::real());

/// Checks one archive by itself. Throws Error(internal) if no thread can be started.
Result verify_file(const std::filesystem::path& path, const Options& options, const Disk& disk = Disk::real());

/// Checks one archive completely, in one pass. `file` is its name for findings. Throws what `read` throws.
Result verify_stream(const archive::ReadInput& read, const std::string& file, const Assumed& assumed);

}  // namespace acedt::verify
