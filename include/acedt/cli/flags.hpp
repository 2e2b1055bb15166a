#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "acedt/base/error.hpp"

namespace acedt::cli {

/// Returns the value of an environment variable; nullopt if it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// A flag or an argument of a command, as its help shows it.
struct Flag {
  std::string_view names;         ///< "-u,--username"; for an argument: "REGISTRY"
  std::string_view value = {};    ///< of the flag, for the help: "NAME"; empty for a switch or an argument
  std::string_view help = {};     ///< without line ends
  bool is_repeated = false;       ///< every occurrence counts; otherwise only the last one
  std::string_view choices = {};  ///< its values, separated by blanks, for completion; empty if there are others

  /// Returns "--username".
  constexpr std::string_view long_name() const { return names.substr(names.find(',') + 1); }
};

/// The flags and arguments of a command line, with their values. A Flag is identified by its address, as each is
/// declared once.
class Flags {
 public:
  void add(const Flag& flag, const std::string& text) { texts_[&flag].push_back(text); }

  /// Returns all values of `flag`, in the order of the command line.
  std::vector<std::string> all(const Flag& flag) const;
  /// Returns the last value of `flag`; empty if it was not given.
  std::string last(const Flag& flag) const;
  /// Returns the last value of `flag`; empty if it was not given. Throws Error(usage) if it is none of Flag::choices.
  std::string chosen(const Flag& flag) const;
  /// Returns true if a switch is on. Throws Error(usage) for --switch=TEXT if TEXT is neither true nor false.
  bool is_on(const Flag& flag) const;

 private:
  std::map<const Flag*, std::vector<std::string>> texts_;
};

/// Parses the words that flags and configuration files accept for true and false; unset for other text.
std::optional<bool> parse_switch(std::string_view text);

/// Returns Error(usage) "NAME: got TEXT, want a, b or c", with what was probably meant as its hint.
Error not_one_of(std::string_view name, std::string_view text, const std::vector<std::string>& choices);

/// Returns the choice that `text` is most likely a misspelling of; empty if none is close.
std::string nearest(std::string_view text, const std::vector<std::string>& choices);

/// Returns `text` in lines of about 70 characters, each after `prefix`, without a final line end.
std::string wrapped(std::string_view text, std::string_view prefix = "");

}  // namespace acedt::cli
