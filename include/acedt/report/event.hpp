#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <variant>

#include "acedt/base/units.hpp"
#include "acedt/oci/digest.hpp"

namespace acedt::report {

/// What happens in a run, as values. Texts are free of secrets. `archive` is a file name such as "000001-tools.tar".

struct RunStarted {
  std::size_t rows = 0;     ///< in the list, names counted once
  std::size_t skipped = 0;  ///< already in the tracker
};
struct RowSkipped {
  std::string name = {};
  std::string artifact = {};
};
struct ArtifactResolved {
  std::string archive = {};
  std::string artifact = {};
  oci::Digest digest;
  std::size_t manifests = 0;
  std::size_t blobs = 0;   ///< that this archive stores
  Bytes size = {};         ///< of those blobs
  std::size_t shared = 0;  ///< blobs left out because an earlier archive has them
  Bytes shared_size = {};
};
struct BlobStored {
  std::string archive = {};
  oci::Digest digest;
  Bytes size = {};
  bool copied = false;  ///< taken from an earlier archive of the folder instead of the registry
};
struct Retrying {
  std::string what = {};  ///< "blob sha256:… from https://…"
  std::string why = {};
  std::chrono::milliseconds delay = {};
  int attempt = 0;  ///< the one that failed, from 1
};
struct ArchiveCommitted {
  std::string archive = {};
  std::string artifact = {};
  oci::Digest digest;
  Bytes size = {};  ///< of the file
};
struct Warning {
  std::string text = {};
};
struct RunFinished {
  std::size_t archives = 0;  ///< committed
  Bytes fetched = {};        ///< received from registries, manifests and retries too
  std::size_t requests = 0;  ///< HTTP requests made
  Bytes shared_size = {};    ///< not stored again because an earlier archive has it
  bool complete = false;     ///< every row of the list is now in the tracker
};

using What = std::variant<RunStarted, RowSkipped, ArtifactResolved, BlobStored, Retrying, ArchiveCommitted, Warning,
                          RunFinished>;

struct Event {
  std::chrono::steady_clock::time_point at;
  What what;
};

}  // namespace acedt::report
