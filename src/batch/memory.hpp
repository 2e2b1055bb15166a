#pragma once

#include <cstddef>

#include "acedt/base/units.hpp"
#include "acedt/batch/options.hpp"

namespace acedt::batch {

/// What of a run's memory goes where; the rest (lists, what a digest takes) is not counted here.
struct Memory {
  Bytes receive_buffer = {};      ///< of each connection
  Bytes compression_window = {};  ///< of tar streams that are received and not yet written; none where plain
  Bytes manifests = {};           ///< of rows that are not committed: RowBudget
};

/// Divides options.memory among connections and `threads` that compress. Throws Error(usage) that says how much is
/// needed where it is too little.
Memory divide_memory(const Options& options, std::size_t threads);

}  // namespace acedt::batch
