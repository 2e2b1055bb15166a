#pragma once

#include <atomic>
#include <cstdint>

#include "acedt/base/file.hpp"

namespace acedt::archive {

/// Makes the kernel begin to write what is dirty, now and then, without waiting for it: else all of it waits for the
/// sync at the end. Any thread.
class EarlyFlush {
 public:
  /// So many bytes more were written to `file`.
  void wrote(const File& file, std::uint64_t bytes) {
    const std::uint64_t before = written_.fetch_add(bytes, std::memory_order_relaxed);
    const bool due = before / between_flushes != (before + bytes) / between_flushes;
    if (due) file.start_writing();
  }

 private:
  static constexpr std::uint64_t between_flushes = 16 << 20;

  std::atomic<std::uint64_t> written_{0};
};

}  // namespace acedt::archive
