#include "acedt/http/challenge.hpp"

#include "acedt/base/text.hpp"
#include "http/scanner.hpp"

namespace acedt::http {
namespace {

/// Passes over a token68, which stands where parameters could (RFC 9110 section 11.2): "Negotiate YII=".
void skip_token68(Scanner& scanner) {
  constexpr std::string_view characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+/";
  Scanner ahead = scanner;
  ahead.skip_any(characters);
  ahead.skip_any("=");
  ahead.skip_blanks();
  if (ahead.at_end() || ahead.rest().starts_with(',')) scanner = ahead;
}

}  // namespace

std::vector<Challenge> parse_challenges(std::string_view field) {
  std::vector<Challenge> challenges;
  for (Scanner scanner(field); !scanner.at_end();) {
    scanner.skip_any(" \t,");
    std::string name = lower(scanner.token());
    scanner.skip_blanks();
    if (name.empty()) {
      scanner.until(",");
    } else if (scanner.skip('=')) {
      scanner.skip_blanks();
      std::optional<std::string> value = scanner.value(" \t,");
      if (value && !challenges.empty()) challenges.back().parameters.emplace(std::move(name), std::move(*value));
    } else {
      challenges.push_back({.scheme = std::move(name), .parameters = {}});
      skip_token68(scanner);
    }
  }
  return challenges;
}

}  // namespace acedt::http
