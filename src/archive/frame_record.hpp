#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "acedt/base/file.hpp"

namespace acedt::archive {

/// Where the frames of an archive that is being made end, so that the next run can go on behind the last one: a file
/// beside it, ARCHIVE.frames, with the size of each frame in ten digits, a line each.
///
/// Not synced: after a power failure it may name frames that are not on disk. Their checksums tell.
class FrameRecord {
 public:
  FrameRecord(const std::filesystem::path& archive, const Disk& disk);

  /// The sizes of the frames that are there, at most `most` of them, in an archive file of `file_size`. What else is in
  /// the record is forgotten.
  std::vector<Bytes> sizes(std::size_t most, Bytes file_size);
  void append(Bytes frame);
  /// Forgets all but the first `frames`.
  void cut(std::size_t frames);
  void remove() const;

 private:
  const Disk& disk_;
  File file_;
  std::size_t frames_ = 0;
};

}  // namespace acedt::archive
