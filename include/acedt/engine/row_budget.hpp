#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "acedt/async/event.hpp"
#include "acedt/base/units.hpp"
#include "acedt/oci/manifest.hpp"

namespace acedt::engine {

/// What a manifest takes, at most, from when it is fetched until its archive is committed: its text, what is parsed of
/// it, the entries of the graph, the segments of the tar stream, the record of the commit. The most is for descriptors
/// that are as short as they can be.
Bytes memory_of_manifest(const oci::Descriptor& manifest);
/// What a parsed manifest takes beyond memory_of_manifest(): 0 but for one that is full of short annotations or URLs,
/// which take far more memory than text.
Bytes memory_beyond(const oci::Descriptor& manifest, const oci::Manifest& parsed);
/// The same for the list of what refers to a manifest.
Bytes memory_of_referrers(std::size_t count);

/// Bounds what rows keep in memory before they are committed: how far ahead rows are resolved, and how many archives
/// are under way, depends on the size of their manifests.
///
/// A row takes memory before its manifests are fetched, and gives all of it back at its end. Rows that wait are served
/// in the order of the list. The first row that has not ended never waits, so the run always goes on; what that row
/// takes beyond the limit is all that there can be beyond it. Thread: that of control.
class RowBudget {
 public:
  /// `ended`: for each row, whether it is committed or passed over; must outlive the budget. `short_of_memory` is
  /// called when a row begins to wait.
  RowBudget(async::Executor control, Bytes limit, const std::vector<bool>& ended,
            std::function<void()> short_of_memory);

  /// Waits until there is room for `bytes` more of `row`.
  async::awaitable<void> take(std::uint64_t row, Bytes bytes);
  /// `row`, which has ended, gives back what it took.
  void give_back(std::uint64_t row);

  bool is_short() const noexcept { return !waiting_.empty(); }
  Bytes in_use() const noexcept { return in_use_; }

 private:
  using Key = std::pair<std::uint64_t, std::uint64_t>;  // row, then the order in which they came
  struct Waiter {
    Waiter(const async::Executor& control, Bytes wanted) : bytes(wanted), served(control) {}
    Bytes bytes;
    async::Event served;
    bool is_served = false;
  };

  bool has_room(std::uint64_t row, Bytes bytes) const;
  void serve();

  async::Executor control_;
  Bytes limit_;
  const std::vector<bool>& ended_;
  std::function<void()> short_of_memory_;
  std::uint64_t first_ = 0;  // row that has not ended
  Bytes in_use_;
  std::map<std::uint64_t, Bytes> taken_;  // by row
  std::map<Key, Waiter*> waiting_;
  std::uint64_t came_ = 0;
};

}  // namespace acedt::engine
