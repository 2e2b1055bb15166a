#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "acedt/base/disk.hpp"
#include "acedt/base/units.hpp"
#include "acedt/oci/digest.hpp"
#include "acedt/tar/header.hpp"

namespace acedt::archive {

/// Content in an archive, verified against its digest.
struct Found {
  oci::Digest digest;
  Bytes size = {};
  tar::Location location = {};
};

/// The result of scan().
struct Scan {
  std::vector<Found> contents = {};
  std::string index_json = {};             ///< text of the last one, up to 8 MiB; else empty
  std::vector<std::string> problems = {};  ///< for people: a wrong digest, damage, a truncated file, a missing part
};

/// Reads a whole archive, of this program or of the reference, and verifies every digest. Ignores bytes after the
/// end-of-archive marker, as all readers do. Blocks on the disk. Throws Error(storage) if the file cannot be read.
Scan scan(const std::filesystem::path& path, const Disk& disk = Disk::real());

/// Returns the text of the first index.json of an archive, which this program and the reference write near the front;
/// empty if there is none, or if it is larger than 8 MiB. Reads no further than needed. Blocks. Throws Error(storage)
/// if the file cannot be read; throws as JoinedFile::open() does.
std::string read_index(const std::filesystem::path& path, const Disk& disk = Disk::real());

}  // namespace acedt::archive
