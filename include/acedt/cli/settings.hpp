#pragma once

#include <array>
#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "acedt/base/error.hpp"
#include "acedt/base/log.hpp"
#include "acedt/base/text.hpp"
#include "acedt/base/units.hpp"
#include "acedt/cli/flags.hpp"
#include "acedt/serialize/run.hpp"

namespace acedt::cli {

/// How lines and errors are written: for people, or as an object in a line.
enum class LogFormat { text, json };

/// The values of all settings. The defaults are those of the structs.
struct Values {
  engine::Settings engine = {};
  serialize::Options serialize = {};  ///< without the list, the folder and `engine`
  bool quiet = false;
  bool no_term = false;
  LogFormat log_format = LogFormat::text;
  LogLevel log_level = LogLevel::warn;
};

/// The text that was given for a setting, and its source.
struct Given {
  enum class Origin { file, variable, flag };

  Origin origin = Origin::flag;
  std::string source = {};              ///< "--retries", "ACE_DT_VERBOSITY" or "config.yaml:3"
  std::string key = {};                 ///< in the configuration file; otherwise empty
  std::vector<std::string> texts = {};  ///< at least one; the last one counts if the setting has a single value

  const std::string& text() const { return texts.back(); }
  /// Returns "--retries" or "retries", for the start of messages.
  const std::string& name() const { return key.empty() ? source : key; }
};

/// The declaration of a setting. The command line and its help, the configuration file, `ace-dt config` and the
/// table in docs/settings.md are made from these.
struct Setting {
  std::string_view section;  ///< heading in the help of commands: "Network"
  Flag flag;
  std::string_view key = {};  ///< in the configuration file: the flag's name in camel case, or the reference's key
  std::string_view shared_key = {};  ///< a key that sets several settings; used if `key` is not in the file
  std::string_view variable = {};    ///< in the environment; empty if there is none
  std::string_view unset = {};       ///< the default as shown to the user, if texts() of the default is empty
  std::string_view example = {};     ///< a value for the sample file, if texts() of the default is empty

  /// Sets the value. Throws Error(usage) "NAME: got …, want …"; NAME is given.name().
  void (*set)(Values& values, const Given& given) = nullptr;
  /// Returns the value in the form that set() accepts; empty if it is unset.
  std::vector<std::string> (*texts)(const Values& values) = nullptr;
};

/// Returns all settings, in the order of the help. A setting may depend on earlier ones.
const std::vector<const Setting*>& all_settings();

/// Returns the default as shown to the user: "64", "record-keeping.csv", "no limit"; empty for a switch that is off.
std::string default_text(const Setting& setting);

/// The texts in a configuration file, by key.
using GivenByFile = std::map<std::string, Given, std::less<>>;

/// The values in effect, and the source of each that is not a default.
struct Resolved {
  Values values = {};
  std::map<const Setting*, Given> given = {};
};

/// Sets every setting from its flag, else its variable, else the configuration file. Throws Error(usage).
Resolved resolve(const Flags& flags, const Environment& environment, const GivenByFile& file);

// Parsers for the values of settings, and their reverse. All throw Error(usage) "NAME: got …, want …".

/// Sets the value of `setting`. Throws as Setting::set; the error names the place in the configuration file, too.
void apply(const Setting& setting, Values& values, const Given& given);

/// Returns Error(usage) "NAME: got TEXT, want `wanted`".
Error not_wanted(const Given& given, const std::string& wanted, const std::string& advice);

/// Parses a whole number from `min` to `max`. `remark` follows the name in the error: " for zstd".
unsigned number_within(const Given& given, unsigned min, unsigned max, const std::string& remark = "");

/// Parses "48MiB". exact() does the reverse, in the largest unit that divides the size.
Bytes parse_size(const Given& given);
std::string exact(Bytes size);

/// Parses "30s".
std::chrono::milliseconds parse_wait(const Given& given);

bool parse_switch(const Given& given);
std::vector<std::string> switch_texts(bool value);

/// The names of the values of a setting that is one of several.
template <class T, std::size_t count>
using Choices = std::array<std::pair<std::string_view, T>, count>;

template <class T, std::size_t count>
T parse_choice(const Given& given, const Choices<T, count>& choices) {
  std::vector<std::string> names;
  for (const auto& [name, value] : choices) {
    if (given.text() == name) return value;
    names.emplace_back(name);
  }
  throw not_one_of(given.name(), given.text(), names);
}

template <class T, std::size_t count>
std::vector<std::string> choice_texts(T chosen, const Choices<T, count>& choices) {
  for (const auto& [name, value] : choices)
    if (value == chosen) return {std::string(name)};
  return {};
}

}  // namespace acedt::cli
