#pragma once

#include <cstddef>

#include "acedt/base/units.hpp"
#include "acedt/codec/compression.hpp"
#include "acedt/engine/settings.hpp"

namespace acedt::engine {

/// How a run's memory budget is divided. The lists themselves and the tables of digests are not part of it.
struct Memory {
  Bytes receive_buffer = {};      ///< of each connection while it receives
  Bytes compression_window = {};  ///< of tar streams: received, not yet written; 0 if archives are plain
  Bytes manifests = {};           ///< of uncommitted rows, see RowBudget
};

/// How `threads` threads compress.
struct CompressionLoad {
  codec::Compression compression = codec::Compression::none;
  int level = 0;  ///< within codec::level_range
  std::size_t threads = 1;
};

/// Divides settings.memory among connections, manifests and compression. If it is unset, returns what full speed needs.
/// Throws Error(usage) that says how many bytes are needed if it is too small.
Memory divide_memory(const Settings& settings, const CompressionLoad& load);

}  // namespace acedt::engine
