#pragma once

#include <compare>
#include <string>
#include <utility>

namespace acedt {

/// A password or a token. Only reveal() leads to its text, so every use is easy to find; it has no operator<<.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}

  bool empty() const noexcept { return value_.empty(); }
  /// Returns the text, for the request that carries it and for nothing else.
  const std::string& reveal() const noexcept { return value_; }

  auto operator<=>(const Secret&) const = default;

 private:
  std::string value_;
};

}  // namespace acedt
