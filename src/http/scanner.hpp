#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace acedt::http {

/// Whether `text` is a token (RFC 9110 section 5.6.2): a method, a field name, a scheme.
bool is_token(std::string_view text);

/// Reads a field value from left to right.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool at_end() const noexcept { return rest_.empty(); }
  std::string_view rest() const noexcept { return rest_; }

  /// Passes over `c` if it comes next.
  bool skip(char c);
  /// Passes over whatever of `characters` comes next.
  void skip_any(std::string_view characters);
  void skip_blanks() { skip_any(" \t"); }
  /// The text before the first of `stops`, or all.
  std::string_view until(std::string_view stops);
  /// The token that comes next; may be empty.
  std::string_view token();
  /// A quoted string without its quotes and escapes, or the text before the first of `stops`. Nothing, and the end,
  /// where a quoted string is not closed.
  std::optional<std::string> value(std::string_view stops);

 private:
  std::string_view take(std::size_t count);

  std::string_view rest_;
};

}  // namespace acedt::http
