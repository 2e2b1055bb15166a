#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "acedt/base/text.hpp"

namespace acedt::sync {

/// Takes what stands before `end` off the front of `text`, and `end` with it; nothing where there is no `end`.
inline std::optional<std::string_view> take_until(std::string_view& text, char end) {
  const std::size_t length = text.find(end);
  if (length == std::string_view::npos) return std::nullopt;
  const std::string_view taken = text.substr(0, length);
  text.remove_prefix(length + 1);
  return taken;
}

/// Takes `prefix` off the front of `text`; false where `text` does not begin with it.
inline bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

/// Takes a number and the blank behind it.
inline std::optional<std::uint64_t> take_number(std::string_view& line) {
  const auto digits = take_until(line, ' ');
  return digits ? to_number(*digits) : std::nullopt;
}

}  // namespace acedt::sync
