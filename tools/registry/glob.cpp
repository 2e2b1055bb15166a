#include "tools/registry/glob.hpp"

#include <cstddef>

namespace acedt::testing {

bool matches(std::string_view pattern, std::string_view text) {
  constexpr auto none = std::string_view::npos;
  if (pattern.find_first_of("*?") == none) return text.starts_with(pattern);

  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = none;       // the last '*' seen,
  std::size_t star_ends = none;  // and where in `text` what it stands for ends
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_ends = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != none) {
      p = star + 1;
      t = ++star_ends;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == none;
}

}  // namespace acedt::testing
