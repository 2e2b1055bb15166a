#include "acedt/engine/open_files.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <string>
#include <system_error>

#include "acedt/base/error.hpp"

namespace acedt::engine {
namespace {

// An epoll instance, an event, a timer, and the files that a name lookup opens for a while.
constexpr std::size_t files_per_thread = 6;
// Lock, journal, ledger, tracker, reports; copies from other archives; pipes of a credential helper.
constexpr std::size_t files_of_program = 20;
// The archive, which a commit opens once more, and the record of its frames.
constexpr std::size_t files_per_archive = 3;
// Two, as two addresses are tried at a time when dialling.
constexpr std::size_t files_per_connection = 2;
constexpr std::size_t max_archives = 256;  // more would not be faster
constexpr std::size_t min_archives = 4;

}  // namespace

OpenFiles divide_open_files(unsigned connections, std::size_t threads, std::size_t files) {
  const std::size_t taken = files_of_program + files_per_thread * (threads + 1);
  const std::size_t required = taken + min_archives * files_per_archive + files_per_connection + threads + 1;
  if (files < required) {
    throw Error(ErrorKind::usage, "this process may open " + std::to_string(files) + " more files, but " +
                                      std::to_string(required) + " are needed")
        .hint("raise the limit on open files: ulimit -n 1024");
  }
  const std::size_t free = files - taken;
  OpenFiles divided;
  divided.archives = std::clamp(free / 2 / files_per_archive, min_archives, max_archives);
  const std::size_t for_connections = free - divided.archives * files_per_archive;
  const std::size_t max_connections = (for_connections - threads - 1) / files_per_connection;
  divided.connections = static_cast<unsigned>(std::min<std::size_t>(connections, max_connections));
  const std::size_t for_idle = for_connections - divided.connections * files_per_connection;
  divided.idle_connections = std::min<std::size_t>(2 * divided.connections, for_idle / (threads + 1));
  return divided;
}

std::size_t open_files_left() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) throw_errno("getrlimit");
  std::error_code unknown;
  const std::filesystem::directory_iterator open("/proc/self/fd", unknown);
  const auto used = static_cast<std::size_t>(std::distance(begin(open), end(open)));
  return limit.rlim_cur - std::min<rlim_t>(limit.rlim_cur, used);
}

}  // namespace acedt::engine
