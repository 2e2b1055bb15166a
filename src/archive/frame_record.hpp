#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "acedt/base/file.hpp"

namespace acedt::archive {

/// The frames that were written of an archive that is being made, so that the next run can go on after the last one: a
/// file beside it, ARCHIVE.frames, with the size and the CRC-32 of each frame, a line each: ten digits, a space, eight
/// hexadecimal digits.
///
/// Not synced: after a power failure it may name frames that are not on disk. Their checksums tell.
class FrameRecord {
 public:
  struct Frame {
    Bytes at = {};  ///< in the archive file
    Bytes size = {};
    std::uint32_t checksum = 0;  ///< of its bytes in the file
  };

  FrameRecord(const std::filesystem::path& archive, const Disk& disk);

  /// The frames that are recorded, at most `most` of them, in an archive file of `file_size`. What else is in the
  /// record is forgotten.
  std::vector<Frame> frames(std::uint64_t most, Bytes file_size);
  void append(Bytes size, std::uint32_t checksum);
  /// Forgets all but the first `frames`.
  void cut(std::size_t frames);
  void remove() const;

 private:
  const Disk& disk_;
  File file_;
  std::size_t frames_ = 0;
};

}  // namespace acedt::archive
