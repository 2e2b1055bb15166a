#pragma once

#include <filesystem>
#include <string>

#include "acedt/archive/reader.hpp"
#include "acedt/base/error.hpp"
#include "acedt/codec/hasher.hpp"
#include "acedt/oci/descriptor.hpp"

namespace acedt::engine {

/// Throws Error(corrupt) if the data embedded in `descriptor`, which must have some, does not match its size and
/// digest.
void check_embedded(const oci::Descriptor& descriptor);

/// An archive of the folder cannot be read, or its content does not match its digest. It must be rebuilt: archives that
/// count on its content would be incomplete on the other side.
struct DamagedArchive : Error {
  DamagedArchive(const Error& error, std::string file) : Error(error), archive(std::move(file)) {}
  std::string archive;  ///< file name
};

/// Reads content of an archive in the folder, in pieces, and checks its digest at the end. Blocks on the disk.
class StoredContent {
 public:
  /// Throws DamagedArchive if the archive cannot be opened.
  StoredContent(const std::filesystem::path& archive, tar::Location location, const oci::Descriptor& descriptor,
                const Disk& disk);

  /// Returns the next piece, in `buffer`; empty at the end. Throws DamagedArchive if it cannot be read, or, instead of
  /// returning the last piece, if the digest of the whole is wrong.
  std::span<const std::byte> next(std::span<std::byte> buffer);

 private:
  std::filesystem::path archive_;
  archive::Reader reader_;
  oci::Descriptor descriptor_;
  codec::Hasher hasher_;
  std::uint64_t left_;
};

/// Returns all of the content at once; for manifests. Throws DamagedArchive. Blocks on the disk.
std::string read_stored(const std::filesystem::path& archive, tar::Location location, const oci::Descriptor& descriptor,
                        const Disk& disk);

}  // namespace acedt::engine
