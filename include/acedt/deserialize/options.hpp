#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "acedt/engine/settings.hpp"
#include "acedt/oci/reference.hpp"
#include "acedt/plan/shards.hpp"

namespace acedt::deserialize {

/// The options that `mirror deserialize` and `mirror batch-deserialize` share. Filled once, then const. The defaults
/// are those of the command line.
struct PushOptions {
  engine::Settings engine = {};
  bool dry_run = false;     ///< send GET and HEAD only, and record nothing
  bool strict = false;      ///< fail at what is unusual about an archive
  bool no_clobber = false;  ///< fail instead of moving a tag that points to something else
};

/// The options of `mirror batch-deserialize`.
struct BatchOptions {
  PushOptions push = {};
  std::filesystem::path sync_directory = {};
  std::string destination = {};  ///< REGISTRY/REPOSITORY as given, without tag and digest
  std::string sync_filename = "successful-syncs.csv";
  std::optional<std::filesystem::path> state = {};    ///< folder for the record, journal, lock, results of shards
  std::vector<std::string> only = {};                 ///< patterns of file names (fnmatch(3)); empty: all
  std::map<std::string, std::string> tag_as = {};     ///< NAME -> tag; an empty tag: none
  bool no_tag = false;                                ///< put no tags for archives, as the reference does
  bool ignore_record = false;                         ///< push archives that the record has, too
  bool keep_going = false;                            ///< continue after an archive that fails
  std::optional<std::filesystem::path> map_out = {};  ///< file for the destinations of all artifacts
  std::optional<plan::Shard> shard = {};              ///< push only the blobs of this share
  std::function<std::optional<std::string>(const std::string&)> environment = {};  ///< to find the state folder
};

/// The options of `mirror deserialize`.
struct SingleOptions {
  PushOptions push = {};
  std::filesystem::path file = {};  ///< an archive, copied first unless it is a regular file; "-": standard input
  std::filesystem::path spool_directory = "/tmp";  ///< for that copy
  Bytes block_size = 1_MiB;                        ///< of reads from a pipe or a tape
  std::string image = {};                          ///< reference as given; without tag and digest: `latest`
};

}  // namespace acedt::deserialize
