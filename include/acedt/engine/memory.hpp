#pragma once

#include <cstddef>

#include "acedt/base/units.hpp"
#include "acedt/codec/compression.hpp"
#include "acedt/engine/settings.hpp"

namespace acedt::engine {

/// What of a run's memory goes where; the rest (lists, what a digest takes) is not counted here.
struct Memory {
  Bytes receive_buffer = {};      ///< of each connection
  Bytes compression_window = {};  ///< of tar streams that are received and not yet written; none where plain
  Bytes manifests = {};           ///< of rows that are not committed: RowBudget
};

/// What `threads` compress with.
struct CompressionLoad {
  codec::Compression compression = codec::Compression::none;
  int level = 0;  ///< within codec::level_range
  std::size_t threads = 1;
};

/// Divides settings.memory among connections, manifests and compression. Throws Error(usage) that says how much is
/// needed if it is too little.
Memory divide_memory(const Settings& settings, const CompressionLoad& load);

}  // namespace acedt::engine
