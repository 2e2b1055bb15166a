#pragma once

#include <cstddef>

namespace acedt::engine {

/// How many things that need open files a run may have at a time.
struct OpenFiles {
  unsigned connections = 0;          ///< as asked, or fewer
  std::size_t idle_connections = 0;  ///< kept open, for each thread
  std::size_t archives = 0;          ///< under way
};

/// Divides the `files` that may still be opened. Throws Error(usage) if they are too few for anything.
OpenFiles divide_open_files(unsigned connections, std::size_t threads, std::size_t files);

/// How many files this process may still open: RLIMIT_NOFILE, less those that are open.
std::size_t open_files_left();

}  // namespace acedt::engine
