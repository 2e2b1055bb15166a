#pragma once

#include <cstddef>

namespace acedt::engine {

/// How many things that hold files open a run may have at a time.
struct OpenFiles {
  unsigned connections = 0;          ///< as requested, or fewer
  std::size_t idle_connections = 0;  ///< kept open per thread
  std::size_t archives = 0;          ///< pending: each has its file open
};

/// Divides the `files` that may still be opened among `connections` and archives. Throws Error(usage) if a run cannot
/// work with so few.
OpenFiles divide_open_files(unsigned connections, std::size_t threads, std::size_t files);

/// Returns how many files this process may still open: RLIMIT_NOFILE minus the open ones.
std::size_t open_files_left();

}  // namespace acedt::engine
