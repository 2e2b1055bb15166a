#include "http/scanner.hpp"

#include <algorithm>

namespace acedt::http {
namespace {

constexpr std::string_view token_characters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~";

}  // namespace

bool is_token(std::string_view text) {
  return !text.empty() && text.find_first_not_of(token_characters) == std::string_view::npos;
}

bool Scanner::skip(char c) {
  if (!rest_.starts_with(c)) return false;
  rest_.remove_prefix(1);
  return true;
}

void Scanner::skip_any(std::string_view characters) {
  take(rest_.find_first_not_of(characters));
}

std::string_view Scanner::until(std::string_view stops) {
  return take(rest_.find_first_of(stops));
}

std::string_view Scanner::token() {
  return take(rest_.find_first_not_of(token_characters));
}

std::optional<std::string> Scanner::value(std::string_view stops) {
  if (!skip('"')) return std::string(until(stops));
  std::string text;
  while (!at_end()) {
    text += until("\"\\");
    if (skip('"')) return text;
    skip('\\');
    text += take(1);
  }
  return std::nullopt;
}

std::string_view Scanner::take(std::size_t count) {
  const std::string_view taken = rest_.substr(0, count);
  rest_.remove_prefix(taken.size());
  return taken;
}

}  // namespace acedt::http
