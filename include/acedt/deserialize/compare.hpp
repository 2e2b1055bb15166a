#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "acedt/deserialize/options.hpp"
#include "acedt/report/observer.hpp"

namespace acedt::deserialize {

/// What a repository has of one archive.
struct Compared {
  /// Something that is not as a push would leave it.
  struct Difference {
    std::string subject;  ///< a digest or a tag
    std::string what;     ///< "is not there"
  };

  std::string archive = {};   ///< its file name
  std::size_t manifests = 0;  ///< that the archive has or names
  std::size_t blobs = 0;
  Bytes bytes = {};
  std::vector<Difference> differences = {};  ///< sorted by subject
};

/// Asks `options.destination` for everything that the archives of a folder have and name: manifests with their type,
/// blobs with their size, tags, and lists of referrers. Sends HEAD only, but for the lists. Each digest is asked for
/// once. The record does not count. An archive that cannot be pushed has that as its difference. Blocks; starts its own
/// threads. Throws as run(const BatchOptions&) does.
std::vector<Compared> compare(const BatchOptions& options, report::Observer& observer);

}  // namespace acedt::deserialize
