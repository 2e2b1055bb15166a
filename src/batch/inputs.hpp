#pragma once

#include "acedt/batch/options.hpp"
#include "batch/memory.hpp"
#include "batch/open_files.hpp"

namespace acedt::batch {

/// What a run reads beside its list, and may refuse. Made before the run says that it has begun, or touches the folder.
struct Inputs {
  /// Throws Error of a file that is missing or broken, and of options that cannot be kept.
  explicit Inputs(const Options& options);

  OpenFiles files;  ///< the connections are those of `options`, or fewer
  Memory memory;
};

}  // namespace acedt::batch
