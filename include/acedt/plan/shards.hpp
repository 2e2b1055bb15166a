#pragma once

#include <cstddef>
#include <functional>
#include <queue>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "acedt/base/units.hpp"

namespace acedt::plan {

/// One of several processes that share a piece of work, usually on different machines.
struct Shard {
  unsigned index = 1;  ///< from 1 to count
  unsigned count = 1;  ///< up to max_shards

  /// Returns "3/8".
  std::string text() const;

  auto operator<=>(const Shard&) const = default;
};

inline constexpr unsigned max_shards = 10'000;

/// Parses what Shard::text() returns. Throws Error(usage) for anything else, such as "0/8" or "9/8".
Shard parse_shard(std::string_view text);

/// Divides items among shards: each item goes to the shard with the fewest bytes so far. So the shards differ by at
/// most the largest item. The result depends only on the sizes and their order, so every process computes the same one.
class Division {
 public:
  /// `count` is at least 1.
  explicit Division(unsigned count);

  /// Returns the index, from 1, of the shard that gets the next item. Takes O(log count).
  unsigned next(Bytes size);

 private:
  using Load = std::pair<Bytes, unsigned>;  // of the shard with this index
  std::priority_queue<Load, std::vector<Load>, std::greater<>> loads_;
};

}  // namespace acedt::plan
