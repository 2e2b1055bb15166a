#include "http/scanner.hpp"

#include <algorithm>
#include <array>

namespace acedt::http {
namespace {

/// By the number of a character; every field of every answer is looked at.
constexpr std::array<bool, 256> token_characters = [] {
  std::array<bool, 256> all{};
  for (const char c : std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~"))
    all[static_cast<unsigned char>(c)] = true;
  return all;
}();

/// Where the token ends that `text` begins with.
std::size_t token_end(std::string_view text) {
  const auto is_other = [](char c) { return !token_characters[static_cast<unsigned char>(c)]; };
  return static_cast<std::size_t>(std::find_if(text.begin(), text.end(), is_other) - text.begin());
}

}  // namespace

bool is_token(std::string_view text) {
  return !text.empty() && token_end(text) == text.size();
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
  return take(token_end(rest_));
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
