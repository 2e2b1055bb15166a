#pragma once

#include <filesystem>
#include <string>

#include "acedt/archive/reader.hpp"
#include "acedt/base/error.hpp"
#include "acedt/codec/hasher.hpp"
#include "acedt/oci/descriptor.hpp"

namespace acedt::engine {

/// Throws Error(corrupt) where the data that a descriptor carries is not what its digest and size say.
void check_embedded(const oci::Descriptor& descriptor);

/// An archive of the folder cannot be read, or its content is not what its digest says. It has to be made again:
/// whatever counts on its content would be a hole on the other side.
struct DamagedArchive : Error {
  DamagedArchive(const Error& error, std::string file) : Error(error), archive(std::move(file)) {}
  std::string archive;  ///< file name
};

/// Content of an archive in the folder, in pieces, checked at its end. Blocks on the disk.
class StoredContent {
 public:
  /// Throws DamagedArchive.
  StoredContent(const std::filesystem::path& archive, tar::Location location, const oci::Descriptor& descriptor,
                const Disk& disk);

  /// Returns the next piece, at most buffer.size() bytes; empty at the end. Throws DamagedArchive if it cannot be read,
  /// or, before the last piece is returned, if the digest of the whole is wrong.
  std::span<const std::byte> next(std::span<std::byte> buffer);

 private:
  std::filesystem::path archive_;
  archive::Reader reader_;
  oci::Descriptor descriptor_;
  codec::Hasher hasher_;
  std::uint64_t left_;
};

/// All of it at once; for manifests.
std::string read_stored(const std::filesystem::path& archive, tar::Location location, const oci::Descriptor& descriptor,
                        const Disk& disk);

}  // namespace acedt::engine
