#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "acedt/cli/settings.hpp"
#include "acedt/registry/settings.hpp"

namespace acedt::cli {

/// What a configuration file says, as far as it matters here.
struct Configuration {
  GivenByFile given = {};  ///< for settings
  registry::Settings registries = {};
  std::string auth_file = {};              ///< registryAuthFile; empty: none
  std::string auth_file_named_by = {};     ///< "FILE:LINE: registryAuthFile", if there is one
  std::vector<std::string> warnings = {};  ///< about files that were skipped, for people
  std::string file = {};                   ///< its name; empty: no file was found
  std::map<std::string, int> lines = {};   ///< of its keys: "registryConfig.registries.a.endpoints" -> 7
};

/// Understands `text`, YAML or JSON; `file` is its name for messages.
///
/// Throws Error(usage) "FILE:LINE: KEY: …" for what is no YAML, for unknown and duplicate keys and for wrong values.
Configuration parse_configuration(std::string_view text, const std::string& file);

/// Where to look for a configuration file.
struct ConfigSearch {
  std::vector<std::filesystem::path> files = {};  ///< the first that is there is used
  std::string named_by = {};                      ///< the flag or variable that names them; empty: the usual places
};

/// The files that --config names (`named`), else ACE_DT_CONFIG, else the usual places.
ConfigSearch config_search(const std::vector<std::filesystem::path>& named, const Environment& environment);

/// Reads the first file that is there; no file in the usual places is an empty configuration. Throws Error(usage) if
/// files were named and none is there, and what parse_configuration() throws; Error(storage) if a file that was named
/// cannot be read. One in a usual place that cannot be read is skipped with a warning.
Configuration load_configuration(const ConfigSearch& search);

}  // namespace acedt::cli
