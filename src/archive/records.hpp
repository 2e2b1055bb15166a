#pragma once

// Records of what was written, one beside each archive in partial/, with which the next run takes up the work of an
// interrupted one. Nothing in them is trusted: every byte that they name is verified before it counts.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <vector>

#include "acedt/base/file.hpp"

namespace acedt::archive {

/// The record of a compressed archive, ARCHIVE.frames: the frames that were written, so that the next run continues
/// after the last one. One line per frame: its size as ten digits, a space, its CRC-32 as eight hexadecimal digits.
///
/// Not synced: after a power failure it may list frames that are not on disk. Their checksums show that.
class FrameRecord {
 public:
  struct Frame {
    Bytes at = {};  ///< offset in the archive file
    Bytes size = {};
    std::uint32_t checksum = 0;  ///< of the frame as it is in the file
  };

  /// Opens or creates the record of `archive`.
  FrameRecord(const std::filesystem::path& archive, const Disk& disk);

  /// Returns the recorded frames: the first `max_frames` that are valid and lie within an archive file of `file_size`.
  /// Removes the others from the record.
  std::vector<Frame> frames(std::uint64_t max_frames, Bytes file_size);
  /// Records the next frame.
  void append(Bytes size, std::uint32_t checksum);
  /// Removes all but the first `frames` frames from the record.
  void cut(std::size_t frames);
  /// Removes the file of the record.
  void remove() const;

 private:
  const Disk& disk_;
  File file_;
  std::size_t frames_ = 0;
};

/// The record of a plain archive, ARCHIVE.written: the extents that were written, so that the next run need not fetch
/// them again. One line per extent: the offsets of its first byte and of its end, 20 digits each.
///
/// The file system's own knowledge (File::written()) is not enough: pages of the reserved space that any program has
/// read count as data. An extent is recorded when it has 1 MiB, or a 4096th of a large archive; so much may be lost for
/// each connection. Not synced, and never trusted: the next run verifies the bytes.
class WrittenRecord {
 public:
  /// The smallest extent that is recorded. Archives up to this size have no record.
  static constexpr Bytes min_extent = 1_MiB;
  /// Opens or creates the record of `archive`, a file of `size` bytes.
  WrittenRecord(const std::filesystem::path& archive, Bytes size, const Disk& disk);

  /// Returns the recorded extents: in order, merged, within the size of the archive.
  std::vector<File::Extent> extents() const;
  /// Replaces the content of the record by `extents`.
  void replace(const std::vector<File::Extent>& extents);
  /// Call when `size` bytes at `offset` of the archive were written. Any thread.
  void wrote(Bytes offset, Bytes size);
  /// Removes the file of the record.
  void remove() const;

 private:
  const Disk& disk_;
  File file_;
  Bytes size_;
  std::uint64_t min_size_;                           // of an extent, to record it
  std::mutex mutex_;                                 // guards what follows
  Bytes end_;                                        // of the lines in the file
  std::map<std::uint64_t, std::uint64_t> gathered_;  // first -> end: written, but too small to record
};

}  // namespace acedt::archive
