#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "acedt/base/disk.hpp"
#include "acedt/base/log.hpp"
#include "acedt/codec/compression.hpp"
#include "acedt/engine/settings.hpp"
#include "acedt/oci/descriptor.hpp"
#include "acedt/oci/platform_filter.hpp"
#include "acedt/plan/dedup.hpp"
#include "acedt/report/observer.hpp"

namespace acedt::serialize {

/// Returns the version of the library: "1.2.3".
std::string this_version();

/// The options of `mirror batch-serialize`. Filled once, then const. These are the defaults of the command line.
struct Options {
  std::filesystem::path batch_list = {};
  std::filesystem::path sync_directory = {};
  std::string tracker_filename = "record-keeping.csv";
  codec::Compression compression = codec::Compression::none;
  std::optional<int> compression_level = {};  ///< within codec::level_range; unset: its default
  bool manifest_json = false;
  oci::Platform platform = oci::native_platform();  ///< whose images manifest.json lists
  oci::PlatformFilter platforms = {};               ///< what to take of indexes
  bool recursive = false;                           ///< include referrers
  plan::DedupScope dedup = plan::DedupScope::folder;
  std::optional<Bytes> split = {};  ///< a larger archive is divided into parts of this size, see JoinedFile
  bool keep_going = false;          ///< continue after a row that fails
  bool check_tags = false;          ///< also look whether the tags of rows that are done have moved
  engine::Settings engine = {};
  std::string version = this_version();  ///< recorded in the annotations of every index.json
};

/// Returns the compression level to use: the one in `options`, or the default of the algorithm.
inline int level_of(const Options& options) {
  return options.compression_level.value_or(codec::level_range(options.compression).default_level);
}

/// Mirrors the artifacts of a batch list into a sync folder on `disk`. Blocks until it is done; starts its own threads.
/// `observer` is called on the calling thread. A process may have only one run at a time, as a run handles signals.
///
/// Throws Error(usage) if the list, an option or the tracker is wrong, before anything is fetched; Error(locked) if
/// another process has the folder; the Error of a row, with file, line, name and artifact, after the rows before it
/// were committed; engine::SomeFailed; engine::Interrupted. Any other exception becomes an Error(internal) once the run
/// has started.
report::RunFinished run(const Options& options, report::Observer& observer, const Log& log,
                        const Disk& disk = Disk::real());

}  // namespace acedt::serialize
