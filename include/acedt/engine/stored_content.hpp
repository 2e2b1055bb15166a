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

/// An archive of the folder cannot be read, or what it has is wrong.
struct UnreadableContent : Error {
  explicit UnreadableContent(const Error& error) : Error(error) {}
};

/// Content of an archive in the folder, in pieces, checked at its end. Blocks on the disk.
class StoredContent {
 public:
  /// Throws UnreadableContent.
  StoredContent(const std::filesystem::path& archive, tar::Location location, const oci::Descriptor& descriptor,
                const Disk& disk);

  /// The next piece, at most buffer.size() bytes; nothing at the end. Throws UnreadableContent, also when the
  /// whole is not what its digest says: before the last piece is handed out.
  std::span<const std::byte> next(std::span<std::byte> buffer);

 private:
  archive::Reader reader_;
  oci::Descriptor descriptor_;
  codec::Hasher hasher_;
  std::uint64_t left_;
};

/// All of it at once; for manifests.
std::string read_stored(const std::filesystem::path& archive, tar::Location location, const oci::Descriptor& descriptor,
                        const Disk& disk);

}  // namespace acedt::engine
