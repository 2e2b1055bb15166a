#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "acedt/base/disk.hpp"
#include "acedt/base/units.hpp"
#include "acedt/oci/digest.hpp"
#include "acedt/tar/location.hpp"

namespace acedt::archive {

/// Content found in an archive, whose bytes are what its digest says.
struct Found {
  oci::Digest digest;
  Bytes size = {};
  tar::Location location = {};
};

struct Scan {
  std::vector<Found> contents = {};
  std::string index_json = {};             ///< empty if there is none, or if it is larger than 8 MiB
  std::vector<std::string> problems = {};  ///< for people: content that is not what its name says, a file that is cut
};

/// Reads an archive from front to end, this program's or the reference's, and checks every digest. Only what stands
/// before the end-of-archive marker counts: readers stop there. Blocks. Throws Error(storage) where it cannot be read
/// at all.
Scan scan(const std::filesystem::path& path, const Disk& disk = Disk::real());

/// Returns the text of the first index.json of an archive, which this program and the reference write near the front;
/// empty if there is none, or if it is larger than 8 MiB. Reads no further than needed. Blocks. Throws Error(storage)
/// if the file cannot be read.
std::string read_index(const std::filesystem::path& path, const Disk& disk = Disk::real());

}  // namespace acedt::archive
