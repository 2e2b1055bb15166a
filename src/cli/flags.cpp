// Values of flags, and what help and hints are made of.

#include "acedt/cli/flags.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"

namespace acedt::cli {
namespace {

constexpr std::size_t max_slip = 64;  // the distance takes the product of both lengths

/// Letters to insert, remove or replace (Levenshtein).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::vector<std::string> Flags::all(const Flag& flag) const {
  const auto found = texts_.find(&flag);
  return found == texts_.end() ? std::vector<std::string>() : found->second;
}

std::string Flags::last(const Flag& flag) const {
  const auto found = texts_.find(&flag);
  return found == texts_.end() ? "" : found->second.back();
}

std::string Flags::chosen(const Flag& flag) const {
  const std::string text = last(flag);
  const std::vector<std::string_view> choices = split(flag.choices, ' ');
  if (text.empty() || std::ranges::count(choices, text) > 0) return text;
  throw not_one_of(flag.long_name(), text, {choices.begin(), choices.end()});
}

bool Flags::is_on(const Flag& flag) const {
  const std::string text = last(flag);
  if (text.empty()) return false;
  if (const auto value = parse_switch(text)) return *value;
  throw not_one_of(flag.long_name(), text, {"true", "false"});
}

Error not_one_of(std::string_view name, std::string_view text, const std::vector<std::string>& choices) {
  std::string wanted;
  for (std::size_t i = 0; i < choices.size(); ++i)
    wanted.append(i == 0 ? "" : i + 1 == choices.size() ? " or " : ", ").append(choices[i]);
  const std::string meant = nearest(text, choices);
  Error error(ErrorKind::usage, std::string(name) + ": got " + in_quotes(text) + ", want " + wanted);
  error.hint(meant.empty() ? "choose one of these" : "did you mean " + meant + "?");
  return error;
}

std::optional<bool> parse_switch(std::string_view text) {
  constexpr std::array<std::string_view, 7> yes = {"true", "yes", "on", "1", "t", "y", "enable"};
  constexpr std::array<std::string_view, 7> no = {"false", "no", "off", "0", "f", "n", "disable"};
  if (std::ranges::count(yes, lower(text)) > 0) return true;
  if (std::ranges::count(no, lower(text)) > 0) return false;
  return std::nullopt;
}

std::string nearest(std::string_view text, const std::vector<std::string>& choices) {
  if (text.size() > max_slip) return {};
  std::string found;
  std::size_t least = text.size() / 3 + 1;  // one letter in three may be wrong
  for (const std::string& choice : choices) {
    const std::size_t d = distance(lower(text), lower(choice));
    if (d > least || (d == least && !found.empty())) continue;
    least = d;
    found = choice;
  }
  return found;
}

std::string wrapped(std::string_view text, std::string_view prefix) {
  constexpr std::size_t width = 70;
  std::string out(prefix);
  std::size_t column = 0;
  for (const std::string_view word : split(text, ' ')) {
    const bool begins_line = column > 0 && column + 1 + word.size() > width;
    if (begins_line) out.append("\n").append(prefix);
    if (begins_line) column = 0;
    if (column > 0) out += ' ';
    column += word.size() + (column > 0 ? 1 : 0);
    out += word;
  }
  return out;
}

}  // namespace acedt::cli
