#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "acedt/base/file.hpp"

namespace acedt::archive {

/// Makes the kernel begin to write what is dirty, now and then, without waiting for it: else all of it waits for the
/// sync at the end. Any thread.
class EarlyFlush {
 public:
  /// Of a file that gets about so many bytes: each time that a sixteenth of them came, within bounds. Files are
  /// committed by the dozen, and what is dirty in all of them is waited for.
  explicit EarlyFlush(Bytes size) : between_(std::clamp(size.count / 16, (2_MiB).count, (16_MiB).count)) {}

  /// So many bytes more were written to `file`.
  void wrote(const File& file, std::uint64_t bytes) {
    const std::uint64_t before = written_.fetch_add(bytes, std::memory_order_relaxed);
    const bool due = before / between_ != (before + bytes) / between_;
    if (due) file.start_writing();
  }

 private:
  std::uint64_t between_;
  std::atomic<std::uint64_t> written_{0};
};

}  // namespace acedt::archive
