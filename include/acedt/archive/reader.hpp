#pragma once

#include <cstddef>
#include <exception>
#include <filesystem>
#include <span>
#include <vector>

#include "acedt/base/joined_file.hpp"
#include "acedt/codec/compression.hpp"
#include "acedt/tar/header.hpp"

namespace acedt::archive {

/// Reads the decoded bytes of an archive file from a location on. Blocks on the disk.
class Reader {
 public:
  /// Opens `path`, or its parts, and detects the compression by its magic bytes. Throws as JoinedFile::open(), and
  /// Error(corrupt) as read() does.
  Reader(const std::filesystem::path& path, tar::Location location, const Disk& disk = Disk::real());

  /// Fills `buffer` and returns the number of bytes; fewer than its size only at the end or before damage. Throws
  /// Error(corrupt) for bytes that cannot be decoded, after all bytes before them were returned.
  std::size_t read(std::span<std::byte> buffer);
  /// Like read(), but returns as soon as it has at least one byte, and all bytes are from one frame (a zstd frame, a
  /// gzip member). Returns 0 at the end.
  std::size_t read_in_frame(std::span<std::byte> buffer) { return decode(buffer); }
  /// Returns the file offset of the frame with the last byte that was read. Not meaningful in a plain archive.
  std::uint64_t frame() const noexcept { return frame_; }
  /// Returns true if no frame is incomplete, so that the file may end here.
  bool at_boundary() const { return decoder_.at_boundary(); }
  codec::Compression compression() const noexcept { return compression_; }

 private:
  std::size_t decode(std::span<std::byte> output);

  JoinedFile file_;
  codec::Compression compression_;
  codec::Decoder decoder_;
  std::uint64_t next_;       // offset in the file to read next
  std::uint64_t frame_ = 0;  // offset in the file of the frame being decoded
  std::vector<std::byte> input_;
  std::span<const std::byte> undecoded_;  // part of input_
  std::exception_ptr damage_;             // found in a call that still had bytes to return
};

}  // namespace acedt::archive
