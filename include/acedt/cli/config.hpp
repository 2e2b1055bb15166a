#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "acedt/cli/args.hpp"
#include "acedt/registry/settings.hpp"

namespace acedt::cli {

/// What a configuration file says, as far as it matters here.
struct Configuration {
  registry::Settings registries = {};
  std::optional<unsigned> connections = {};  ///< concurrentHTTP; nothing: the default
  std::string auth_file = {};                ///< registryAuthFile; empty: none
  std::string auth_file_named_by = {};       ///< "FILE:LINE: registryAuthFile", where there is one
  bool hide_progress = false;                ///< hideProgress: no display that moves
  std::vector<std::string> warnings = {};    ///< of files that were skipped, for people
  std::string file = {};                     ///< that all of this is from; empty: none
  std::map<std::string, int> lines = {};     ///< where keys stand in it: "registryConfig.registries.a.endpoints" -> 7
};

/// Understands `text`, YAML or JSON; `file` is its name for messages.
///
/// Throws Error(bad_input) "FILE:LINE: KEY: …" for what is no YAML, for unknown and duplicate keys and for wrong
/// values.
Configuration parse_configuration(std::string_view text, const std::string& file);

/// Where to look for a configuration file.
struct ConfigSearch {
  std::vector<std::filesystem::path> files = {};  ///< the first that is there is used
  std::string named_by = {};                      ///< who asked for these; empty: nobody, and none may be there
};

/// --config, else ACE_DT_CONFIG, else the usual places.
ConfigSearch config_search(const std::vector<std::filesystem::path>& named, const Environment& environment);

/// Reads the first file that is there. Throws Error(bad_input) where files were named and none is there, and what
/// parse_configuration() throws. A usual place that may not be read is skipped with a warning.
Configuration load_configuration(const ConfigSearch& search);

/// All that was asked for: flags and environment come before the file.
serialize::Options combined(const Arguments& arguments, const Configuration& configuration);

}  // namespace acedt::cli
