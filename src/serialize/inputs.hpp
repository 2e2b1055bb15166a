#pragma once

#include "acedt/engine/memory.hpp"
#include "acedt/engine/open_files.hpp"
#include "acedt/serialize/options.hpp"

namespace acedt::serialize {

/// Everything besides the list that a run checks before it starts. Made before the run reports its start or touches the
/// folder.
struct Inputs {
  /// Throws Error(usage) if a certificate file is not usable, if a named credentials file does not exist, or if the
  /// limit on open files or --memory is too small; Error(storage) if a certificate file cannot be read;
  /// Error(unauthorized) if the named credentials file cannot be.
  explicit Inputs(const Options& options);

  engine::OpenFiles files;  ///< with as many connections as `options` has, or fewer
  engine::Memory memory;
};

}  // namespace acedt::serialize
