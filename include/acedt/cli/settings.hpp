#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "acedt/base/log.hpp"
#include "acedt/cli/words.hpp"
#include "acedt/serialize/options.hpp"

namespace acedt::cli {

/// What the settings are set to. The defaults are those of the structs.
struct Values {
  engine::Settings engine = {};
  serialize::Options serialize = {};  ///< without the list, the folder and `engine`
  bool quiet = false;
  bool no_term = false;
  LogLevel log_level = LogLevel::warn;
};

/// The text that somebody gave for a setting.
struct Given {
  enum class Origin { file, variable, flag };

  Origin origin = Origin::flag;
  std::string source = {};              ///< "--retries", "ACE_DT_VERBOSITY" or "config.yaml:3"
  std::string key = {};                 ///< in the configuration file; else empty
  std::vector<std::string> texts = {};  ///< at least one; of a setting that takes one value, the last counts

  const std::string& text() const { return texts.back(); }
  /// "--retries", or "config.yaml:3: retries": how messages begin.
  std::string name() const { return key.empty() ? source : source + ": " + key; }
};

/// The declaration of a setting. Everything that knows settings (the command line and its help, the configuration file,
/// `ace-dt config`, the README) goes by these.
struct Setting {
  std::string_view section;  ///< heading in the help of commands: "Network"
  Flag flag;
  std::string_view key = {};         ///< in the configuration file: the flag's name in camel case, or the reference's
  std::string_view shared_key = {};  ///< counts if `key` is not there: what sets several settings at once
  std::string_view variable = {};    ///< in the environment; empty: none
  std::string_view unset = {};       ///< for people: what it means not to set it, if texts() is empty then
  std::string_view example = {};     ///< a value to begin with, if texts() is empty while it is not set

  /// Sets it. Throws Error(usage) "NAME: got …, want …"; NAME is given.name().
  void (*set)(Values& values, const Given& given) = nullptr;
  /// The value as set() would take it; none if it is unset.
  std::vector<std::string> (*texts)(const Values& values) = nullptr;
};

/// All settings, in the order of the help. A setting may depend on those before it.
const std::vector<const Setting*>& all_settings();

/// The default for people: "64", "record-keeping.csv", "enough"; empty for a switch that is off.
std::string default_text(const Setting& setting);

/// What a configuration file gives, by key.
using GivenByFile = std::map<std::string, Given, std::less<>>;

/// The values that are in effect, and the origin of those that are not the defaults.
struct Resolved {
  Values values = {};
  std::map<const Setting*, Given> given = {};
};

/// Sets every setting: by its flag, else its variable, else the configuration file. Throws Error(usage).
Resolved resolve(const Words& words, const Environment& environment, const GivenByFile& file);

}  // namespace acedt::cli
