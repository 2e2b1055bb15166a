#pragma once

#include <compare>
#include <string>
#include <utility>

namespace acedt {

/// A password or a token. It has no way into a stream, a log or an error but reveal(), which is easy to search for.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}

  bool empty() const noexcept { return value_.empty(); }
  /// For the request that carries it, and for nothing else.
  const std::string& reveal() const noexcept { return value_; }

  auto operator<=>(const Secret&) const = default;

 private:
  std::string value_;
};

}  // namespace acedt
