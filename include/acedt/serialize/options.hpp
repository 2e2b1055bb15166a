#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "acedt/codec/compression.hpp"
#include "acedt/engine/settings.hpp"
#include "acedt/plan/dedup.hpp"

namespace acedt::serialize {

/// The options of `mirror batch-serialize`. Filled once, then const. These are the defaults of the command line.
struct Options {
  std::filesystem::path batch_list = {};
  std::filesystem::path sync_directory = {};
  std::string tracker_filename = "record-keeping.csv";
  codec::Compression compression = codec::Compression::none;
  std::optional<int> compression_level = {};  ///< within codec::level_range; unset: its default
  bool manifest_json = false;
  bool recursive = false;  ///< include referrers
  plan::DedupScope dedup = plan::DedupScope::folder;
  bool keep_going = false;  ///< continue after a row that fails
  engine::Settings engine = {};
  std::string version = ACEDT_VERSION;  ///< recorded in the annotations of every index.json
};

/// Returns the compression level to use: the one in `options`, or the default of the algorithm.
inline int level_of(const Options& options) {
  return options.compression_level.value_or(codec::level_range(options.compression).default_level);
}

}  // namespace acedt::serialize
