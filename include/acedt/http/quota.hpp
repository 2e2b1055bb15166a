#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace acedt::http {

/// What a field such as `ratelimit-remaining: 76;w=21600` says, which Docker Hub adds to its answers.
struct Quota {
  std::uint64_t requests = 0;
  std::chrono::seconds window{0};  ///< 0: not said

  bool operator==(const Quota&) const = default;
};

/// Nothing for what is none.
std::optional<Quota> parse_quota(std::string_view field);

}  // namespace acedt::http
