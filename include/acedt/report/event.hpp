#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "acedt/base/error.hpp"
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
  std::string archive = {};  ///< as the tracker has it, with its digest
  std::string digest = {};
};
/// A row that does not count, since a later one has its name.
struct RowDropped {
  std::string name = {};
  std::string artifact = {};
  std::size_t line = 0;       ///< of the list
  std::size_t kept_line = 0;  ///< of the row that counts
};
struct ArtifactResolved {
  std::string name = {};
  std::string archive = {};
  std::string artifact = {};
  oci::Digest digest;
  std::size_t manifests = 0;
  std::size_t blobs = 0;   ///< that this archive stores
  Bytes size = {};         ///< of those blobs
  std::size_t shared = 0;  ///< blobs left out because an earlier archive has them
  Bytes shared_size = {};
  std::optional<std::size_t> referrers = {};  ///< signatures, SBOMs, …; nothing where they were not asked for
};
struct BlobStored {
  std::string archive = {};
  oci::Digest digest;
  Bytes size = {};
  Bytes fetched = {};  ///< from the registry; the rest was there: in another archive, or left by an earlier run
  int attempts = 0;    ///< of asking the registry; 0: none was needed
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
  Bytes size = {};                            ///< of the file
  std::optional<std::size_t> referrers = {};  ///< as when it was resolved
  std::vector<std::string> needs = {};        ///< archives of lower number with blobs that it leaves out
};
struct Warning {
  std::string text = {};
};
/// A failure, as acedt::Error has it.
struct Problem {
  ErrorKind kind = ErrorKind::bad_input;
  std::string text = {};
  std::string hint = {};
};
struct RowFailed {
  std::string name = {};
  std::string artifact = {};
  Problem problem = {};
  int attempts = 1;
  bool passed_over = false;  ///< the run goes on without it
  std::size_t line = 0;      ///< of the list
};
/// Of a row that was neither done nor failed when the run ended.
struct RowLeft {
  std::string name = {};
  std::string artifact = {};
};
struct RunFinished {
  std::size_t archives = 0;             ///< committed
  std::size_t failed = 0;               ///< rows
  Bytes fetched = {};                   ///< received from registries, manifests and retries too
  std::size_t requests = 0;             ///< HTTP requests made
  Bytes shared_size = {};               ///< not stored again because an earlier archive has it
  bool complete = false;                ///< every row of the list is now in the tracker
  std::optional<Problem> problem = {};  ///< that ended it
  std::size_t dependent = 0;            ///< archives that need archives of other names; of those committed
  Bytes recovered = {};                 ///< of blobs: what an interrupted run left, verified and not fetched again
};

using What = std::variant<RunStarted, RowSkipped, RowDropped, ArtifactResolved, BlobStored, Retrying, ArchiveCommitted,
                          RowFailed, RowLeft, Warning, RunFinished>;

struct Event {
  std::chrono::steady_clock::time_point at;
  What what;
};

}  // namespace acedt::report
