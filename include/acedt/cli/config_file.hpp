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

/// The content of a configuration file that this program uses.
struct Configuration {
  GivenByFile given = {};  ///< for settings
  registry::Settings registries = {};
  std::string auth_file = {};              ///< registryAuthFile; empty if it is not set
  std::string auth_file_named_by = {};     ///< "FILE:LINE: registryAuthFile" if it is set
  std::vector<std::string> warnings = {};  ///< about skipped files, for the user
  std::string file = {};                   ///< its name; empty if no file was found
  std::map<std::string, int> lines = {};   ///< of its keys: "registryConfig.registries.a.endpoints" -> 7
};

/// Parses `text`, YAML or JSON; `file` is its name for messages.
///
/// Throws Error(usage) "FILE:LINE: KEY: …" for invalid YAML, unknown and duplicate keys, and invalid values.
Configuration parse_configuration(std::string_view text, const std::string& file);

/// The candidates for the configuration file.
struct ConfigSearch {
  std::vector<std::filesystem::path> files = {};  ///< the first that exists is used
  std::string named_by = {};                      ///< the flag or variable that names them; empty for the usual places
};

/// Returns the files that --config names (`named`), else those of ACE_DT_CONFIG, else the usual places.
ConfigSearch config_search(const std::vector<std::filesystem::path>& named, const Environment& environment);

/// Reads the first file that exists; without one in the usual places, the configuration is empty. Skips a file in a
/// usual place that cannot be read, with a warning. Throws Error(usage) if files were named and none exists, and as
/// parse_configuration() does; Error(storage) if a named file cannot be read.
Configuration load_configuration(const ConfigSearch& search);

}  // namespace acedt::cli
