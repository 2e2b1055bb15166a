#include "cli/nearest.hpp"

#include <algorithm>
#include <numeric>

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

}  // namespace acedt::cli
