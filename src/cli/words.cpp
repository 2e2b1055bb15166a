#include "acedt/cli/words.hpp"

#include <algorithm>
#include <array>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"

namespace acedt::cli {

std::vector<std::string> Words::all(const Flag& flag) const {
  const auto found = texts_.find(&flag);
  return found == texts_.end() ? std::vector<std::string>() : found->second;
}

std::string Words::last(const Flag& flag) const {
  const auto found = texts_.find(&flag);
  return found == texts_.end() ? "" : found->second.back();
}

bool Words::is_on(const Flag& flag) const {
  const std::string text = last(flag);
  if (text.empty()) return false;
  if (const auto value = parse_switch(text)) return *value;
  throw Error(ErrorKind::usage, std::string(flag.long_name()) + ": got " + in_quotes(text) + ", want true or false");
}

std::optional<bool> parse_switch(std::string_view text) {
  constexpr std::array<std::string_view, 7> yes = {"true", "yes", "on", "1", "t", "y", "enable"};
  constexpr std::array<std::string_view, 7> no = {"false", "no", "off", "0", "f", "n", "disable"};
  if (std::ranges::count(yes, lower(text)) > 0) return true;
  if (std::ranges::count(no, lower(text)) > 0) return false;
  return std::nullopt;
}

}  // namespace acedt::cli
