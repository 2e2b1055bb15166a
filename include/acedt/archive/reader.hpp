#pragma once

#include <cstddef>
#include <exception>
#include <filesystem>
#include <span>
#include <vector>

#include "acedt/base/file.hpp"
#include "acedt/codec/compression.hpp"
#include "acedt/tar/location.hpp"

namespace acedt::archive {

/// Reads the decoded bytes of an archive file from a place on. Blocks on the disk.
class Reader {
 public:
  /// Decodes by the magic bytes at the start of the file. Throws Error(storage), also where the file is not there.
  Reader(const std::filesystem::path& path, tar::Location location, const Disk& disk = Disk::real());

  /// Fills `buffer` as far as there are bytes. Throws Error(corrupt) on bytes that cannot be decoded, once all before
  /// them was read.
  std::size_t read(std::span<std::byte> buffer);
  codec::Compression compression() const noexcept { return compression_; }

 private:
  std::size_t decode(std::span<std::byte> output);

  File file_;
  codec::Compression compression_;
  codec::Decoder decoder_;
  std::uint64_t next_;  // byte of the file to read next
  std::vector<std::byte> input_;
  std::span<const std::byte> undecoded_;  // of input_
  std::exception_ptr damage_;             // met while there were bytes to give out
};

}  // namespace acedt::archive
