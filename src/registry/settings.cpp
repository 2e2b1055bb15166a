#include "acedt/registry/settings.hpp"

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"

namespace acedt::registry {
namespace {

constexpr std::size_t max_pattern = 1000;
constexpr std::size_t max_name = 1000;  // the standard's matcher recurses: a long text would take the whole stack

constexpr std::string_view digits = "0123456789";

std::regex compile(const std::string& pattern) {
  if (pattern.size() > max_pattern)
    throw Error(ErrorKind::usage, "longer than 1000 characters").hint("use a shorter pattern");
  try {
    return std::regex(pattern);
  } catch (const std::regex_error& problem) {
    throw Error(ErrorKind::usage, in_quotes(pattern) + " is no regular expression: " + problem.what())
        .hint("write it as in ECMAScript, such as \"^library/(.*)\"");
  }
}

/// What stands behind a '$' at the front of `rest`, which is shortened by it, as std::regex_replace writes it.
std::string reference(std::string_view& rest, std::size_t groups) {
  if (rest.starts_with('$')) {
    rest.remove_prefix(1);
    return "$$";
  }
  const bool braced = rest.starts_with('{');
  const std::size_t end = braced ? rest.find('}') : rest.find_first_not_of(digits);
  const std::string_view number = rest.substr(braced, end == rest.npos ? end : end - braced);
  const auto group = to_number(number);
  if (!group || (braced && end == rest.npos))
    throw Error(ErrorKind::usage, "a $ that is not followed by the number of a group")
        .hint("write $1 or ${1} for the first group, $$ for a dollar");
  if (*group > groups)
    throw Error(ErrorKind::usage,
                "there is no group " + std::string(number) + " in the pattern, which has " + std::to_string(groups))
        .hint("put what it is to match in parentheses");
  rest.remove_prefix(std::min(number.size() + (braced ? 2 : 0), rest.size()));
  if (*group == 0) return "$&";
  return (*group < 10 ? "$0" : "$") + std::to_string(*group);
}

std::string format_of(std::string_view replacement, std::size_t groups) {
  std::string format;
  while (!replacement.empty()) {
    const std::size_t dollar = std::min(replacement.find('$'), replacement.size());
    format += replacement.substr(0, dollar);
    replacement.remove_prefix(dollar);
    if (replacement.empty()) break;
    replacement.remove_prefix(1);
    format += reference(replacement, groups);
  }
  return format;
}

/// As in Go: an empty match that abuts the one before it is none. So `.*` matches once.
std::optional<std::string> replace_all(const std::string& text, const std::regex& pattern, const std::string& format) {
  std::optional<std::string> out;
  auto at = text.begin();
  for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match) {
    const auto& whole = (*match)[0];
    if (out && whole.length() == 0 && whole.first == at) continue;
    out = out.value_or("").append(at, whole.first).append(match->format(format));
    at = whole.second;
  }
  if (out) out->append(at, text.end());
  return out;
}

}  // namespace

Rewrite Rewrite::parse(const std::string& pattern, const std::string& replacement) {
  Rewrite rule;
  rule.pattern_ = pattern;
  rule.replacement_ = replacement;
  rule.compiled_ = compile(pattern);
  rule.format_ = format_of(replacement, rule.compiled_.mark_count());
  return rule;
}

std::optional<std::string> Rewrite::apply(const std::string& name) const {
  if (name.size() > max_name)
    throw Error(ErrorKind::bad_input, "the name of a repository is too long to be rewritten")
        .hint("name an endpoint for it without rewritePull");
  try {
    return replace_all(name, compiled_, format_);
  } catch (const std::regex_error& problem) {
    throw Error(ErrorKind::bad_input, "rewritePull " + in_quotes(pattern_) + ": " + problem.what())
        .hint("use a simpler pattern");
  }
}

}  // namespace acedt::registry
