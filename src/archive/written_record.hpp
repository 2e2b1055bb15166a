#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <vector>

#include "acedt/base/file.hpp"

namespace acedt::archive {

/// Which stretches of a plain archive that is being made were written, so that the next run can go on with them: a file
/// beside it, ARCHIVE.written, with the first byte of each stretch and the byte after its last, 20 digits each, a line
/// each.
///
/// What the file system says (File::written()) is not enough: pages that anybody has read of the reserved space count
/// as data. A stretch is recorded when it is 1 MiB long, or a 4096th of the archive: that much can be lost for each
/// connection. Not synced, and never trusted: who goes on verifies the bytes.
class WrittenRecord {
 public:
  /// Of an archive that is not larger there is none.
  static constexpr Bytes least = 1_MiB;

  WrittenRecord(const std::filesystem::path& archive, Bytes size, const Disk& disk);

  /// What is recorded: in order, without overlaps, within the size of the archive.
  std::vector<File::Extent> extents() const;
  /// Records `extents` and nothing else.
  void replace(const std::vector<File::Extent>& extents);
  /// `size` bytes at `offset` of the archive were written. Any thread.
  void wrote(Bytes offset, Bytes size);
  void remove() const;

 private:
  const Disk& disk_;
  File file_;
  Bytes size_;
  std::uint64_t enough_;                             // for a line
  std::mutex mutex_;                                 // of what follows
  Bytes end_;                                        // of the lines
  std::map<std::uint64_t, std::uint64_t> gathered_;  // first -> end: written, and too short for a line
};

}  // namespace acedt::archive
