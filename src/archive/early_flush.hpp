#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "acedt/base/joined_file.hpp"

namespace acedt::archive {

/// Starts the flush of dirty pages to the disk while the file is still being written, so that the sync at the end has
/// little left to do. Any thread.
class EarlyFlush {
 public:
  /// For a file of about `size` bytes: flushes after each 16th of it, but at least 2 MiB and at most 16 MiB. Files are
  /// committed by the dozen, and their syncs wait for all of their dirty pages.
  explicit EarlyFlush(Bytes size) : between_(std::clamp(size.count / 16, (2_MiB).count, (16_MiB).count)) {}

  /// Call after `bytes` more bytes were written to `file`.
  void wrote(const JoinedFile& file, std::uint64_t bytes) {
    const std::uint64_t before = written_.fetch_add(bytes, std::memory_order_relaxed);
    const bool due = before / between_ != (before + bytes) / between_;
    if (due) file.start_writing();
  }

 private:
  std::uint64_t between_;
  std::atomic<std::uint64_t> written_{0};
};

}  // namespace acedt::archive
