#pragma once

#include "acedt/engine/memory.hpp"
#include "acedt/engine/open_files.hpp"
#include "acedt/serialize/options.hpp"

namespace acedt::serialize {

/// What a run reads beside its list, and may refuse. Made before the run says that it has begun, or touches the folder.
struct Inputs {
  /// Throws Error of a file that is missing or broken, and of options that cannot be kept.
  explicit Inputs(const Options& options);

  engine::OpenFiles files;  ///< the connections are those of `options`, or fewer
  engine::Memory memory;
};

}  // namespace acedt::serialize
