#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "acedt/base/disk.hpp"
#include "acedt/base/units.hpp"
#include "acedt/oci/digest.hpp"
#include "acedt/verify/findings.hpp"

namespace acedt::verify {

/// The file of checksums in a folder. The ace-dt written in Go skips it, as its name ends in .csv.
inline constexpr std::string_view checksums_file = "checksums.csv";

/// The checksum of a whole file. A row of checksums.csv: filename,size,sha256.
struct Checksum {
  std::string file;
  Bytes size = {};
  std::string sha256;  ///< 64 hex digits

  bool operator==(const Checksum&) const = default;
};

/// Returns the checksums of `files` of `directory`, in their order. Reads `threads` files at a time. Blocks on the
/// disk. Throws Error(storage) if a file cannot be read, and Error(internal) if no thread can be started.
std::vector<Checksum> checksums_of(const std::filesystem::path& directory, std::span<const std::string> files,
                                   std::size_t threads, const Disk& disk = Disk::real());

/// Returns the text of checksums.csv.
std::string text_of(std::span<const Checksum> checksums);
/// Parses checksums.csv. `file` is its name for messages. Throws Error(usage) "FILE:LINE: …" if it is malformed.
std::vector<Checksum> parse_checksums(std::string_view text, const std::string& file);

/// Returns how `found` differs from `recorded`: different sizes or bytes, files that are neither found nor assumed, and
/// files that are not recorded. Pure.
std::vector<Finding> compare(std::span<const Checksum> recorded, std::span<const Checksum> found,
                             const Assumed& assumed);

}  // namespace acedt::verify
