#include "acedt/http/link.hpp"

#include <algorithm>

#include "acedt/base/text.hpp"
#include "http/scanner.hpp"

namespace acedt::http {
namespace {

/// The relation types among the parameters that come next: those of the first "rel", the others do not count.
std::string relations(Scanner& scanner) {
  std::optional<std::string> found;
  for (;;) {
    scanner.skip_blanks();
    if (!scanner.skip(';')) return found.value_or("");
    scanner.skip_blanks();
    const std::string_view name = scanner.token();
    scanner.skip_blanks();
    if (!scanner.skip('=')) continue;
    scanner.skip_blanks();
    std::optional<std::string> value = scanner.value(" \t,;");
    if (!found && equal_ignoring_case(name, "rel")) found = std::move(value);
  }
}

bool has_next(std::string_view relations) {
  const auto types = split(relations, ' ');
  return std::any_of(types.begin(), types.end(), [](auto type) { return equal_ignoring_case(type, "next"); });
}

}  // namespace

std::optional<std::string> next_link(std::string_view field) {
  for (Scanner scanner(field); !scanner.at_end();) {
    scanner.skip_any(" \t,");
    if (!scanner.skip('<')) {
      scanner.until(",");
      continue;
    }
    const std::string_view target = scanner.until(">");
    if (scanner.skip('>') && has_next(relations(scanner))) return std::string(target);
  }
  return std::nullopt;
}

}  // namespace acedt::http
