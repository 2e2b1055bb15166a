#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "acedt/base/text.hpp"

namespace acedt::sync {

/// Removes the text before `end`, and `end`, from the front of `text`. Returns the text before; unset if there is no
/// `end`.
inline std::optional<std::string_view> take_until(std::string_view& text, char end) {
  const std::size_t length = text.find(end);
  if (length == std::string_view::npos) return std::nullopt;
  const std::string_view taken = text.substr(0, length);
  text.remove_prefix(length + 1);
  return taken;
}

/// Removes `prefix` from the front of `text`. Returns false if `text` does not start with it.
inline bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

/// Removes a number and the blank after it from the front of `line`. Returns the number; unset if there is none.
inline std::optional<std::uint64_t> take_number(std::string_view& line) {
  const auto digits = take_until(line, ' ');
  return digits ? to_number(*digits) : std::nullopt;
}

}  // namespace acedt::sync
