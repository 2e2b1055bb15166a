#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "acedt/deserialize/options.hpp"
#include "acedt/report/observer.hpp"

namespace acedt::deserialize {

/// One archive, compared with what a repository has.
struct Compared {
  /// Something in the repository that differs from what a push leaves there.
  struct Difference {
    std::string subject;  ///< a digest or a tag
    std::string what;     ///< "is missing"
  };

  std::string archive = {};   ///< its file name
  std::size_t manifests = 0;  ///< that the archive has, or that it needs from others
  std::size_t blobs = 0;
  Bytes bytes = {};
  std::vector<Difference> differences = {};  ///< sorted by subject
};

/// Asks the repository `options.destination` for everything that the archives of a folder have and need: manifests with
/// their type, blobs with their size, tags, and lists of referrers. Sends only HEAD, except for the lists. Asks for
/// each digest once. Ignores the record. An archive that cannot be pushed has that as its difference. Blocks; starts
/// its own threads.
///
/// Throws Error(usage) if the folder, a file name or the destination is wrong; the Errors of
/// registry::Transport::send() after its retries; engine::Interrupted.
std::vector<Compared> compare(const BatchOptions& options, report::Observer& observer);

}  // namespace acedt::deserialize
