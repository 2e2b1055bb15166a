#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "acedt/engine/settings.hpp"
#include "acedt/oci/reference.hpp"

namespace acedt::deserialize {

/// What `mirror deserialize` and `mirror batch-deserialize` have in common. Filled once, then const. These are the
/// defaults of the command line.
struct PushOptions {
  engine::Settings engine = {};
  bool dry_run = false;     ///< ask the registry, send nothing
  bool strict = false;      ///< what is unusual about an archive is an error
  bool no_clobber = false;  ///< a tag that points to something else is an error
};

/// The options of `mirror batch-deserialize`.
struct BatchOptions {
  PushOptions push = {};
  std::filesystem::path sync_directory = {};
  std::string destination = {};  ///< REGISTRY/REPOSITORY as given, without tag and digest
  std::string sync_filename = "successful-syncs.csv";
  std::optional<std::filesystem::path> state = {};    ///< folder for the record, the journal and the lock
  std::vector<std::string> only = {};                 ///< patterns of file names (fnmatch(3)); empty: all
  std::map<std::string, std::string> tag_as = {};     ///< NAME -> tag; an empty tag: none
  bool no_tag = false;                                ///< put no tags for archives, as the reference does
  bool ignore_record = false;                         ///< ask the registry what is there
  bool keep_going = false;                            ///< continue after an archive that fails
  std::optional<std::filesystem::path> map_out = {};  ///< file for the places of all artifacts
  std::function<std::optional<std::string>(const std::string&)> environment = {};  ///< for the place of the state
};

/// The options of `mirror deserialize`.
struct SingleOptions {
  PushOptions push = {};
  std::filesystem::path file = {};  ///< an archive; what is no regular file is copied first; "-" is standard input
  std::filesystem::path spool_directory = "/tmp";  ///< for that copy
  Bytes block_size = 1_MiB;                        ///< of reads from a pipe or a tape
  std::string image = {};                          ///< reference as given; without tag and digest: `latest`
};

}  // namespace acedt::deserialize
