#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace acedt::cli {

/// The value of an environment variable; unset if it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// A flag or an argument that a command takes, as its help shows it.
struct Flag {
  std::string_view names;       ///< "-u,--username"; for an argument, which has no flag: "REGISTRY"
  std::string_view value = {};  ///< what follows the flag: "NAME". Empty: a switch or an argument
  std::string_view help = {};   ///< without line ends
  bool is_repeated = false;     ///< every occurrence counts; else only the last one

  /// "--username".
  constexpr std::string_view long_name() const { return names.substr(names.find(',') + 1); }
};

/// What a command line says for each flag and argument. Flags are told apart by their address: each is declared once.
class Words {
 public:
  void add(const Flag& flag, const std::string& text) { texts_[&flag].push_back(text); }

  /// Everything that was given, in the order of the command line.
  std::vector<std::string> all(const Flag& flag) const;
  /// What was given last; empty if the flag was not there.
  std::string last(const Flag& flag) const;
  /// Whether a switch is on. Throws Error(usage) for --switch=TEXT if TEXT is no truth value.
  bool is_on(const Flag& flag) const;

 private:
  std::map<const Flag*, std::vector<std::string>> texts_;
};

/// "true" or "false", by the words that flags and configuration files have for them; unset for other text.
std::optional<bool> parse_switch(std::string_view text);

}  // namespace acedt::cli
