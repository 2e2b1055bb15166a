#pragma once

#include <optional>
#include <regex>
#include <string>

namespace acedt::registry {

/// A rule of `rewritePull`: what in the name of a repository is replaced, and by what.
class Rewrite {
 public:
  /// `pattern` is a regular expression of ECMAScript, which may match anywhere in the name; in `replacement`, $1 or
  /// ${1} stands for its first group, $0 for all of the match and $$ for a dollar. Throws Error(usage).
  static Rewrite parse(const std::string& pattern, const std::string& replacement);

  /// `name` with all matches replaced; nothing where there is none. Throws Error(bad_input) for what is too much for a
  /// regular expression.
  std::optional<std::string> apply(const std::string& name) const;

  const std::string& pattern() const noexcept { return pattern_; }
  const std::string& replacement() const noexcept { return replacement_; }

 private:
  std::string pattern_;
  std::string replacement_;
  std::regex compiled_;
  std::string format_;  // the replacement as std::regex_replace reads it
};

}  // namespace acedt::registry
