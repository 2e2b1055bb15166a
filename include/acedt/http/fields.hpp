#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace acedt::http {

/// Header fields in their order; names compare without case (RFC 9110 section 5).
class Fields {
 public:
  Fields& add(std::string name, std::string value);
  /// The first field of that name.
  std::optional<std::string_view> get(std::string_view name) const;
  /// Every field of that name.
  std::vector<std::string_view> all(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& list() const noexcept { return list_; }

 private:
  std::vector<std::pair<std::string, std::string>> list_;
};

}  // namespace acedt::http
