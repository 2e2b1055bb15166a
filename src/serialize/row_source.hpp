#pragma once

#include <optional>

#include "acedt/async/task_group.hpp"
#include "acedt/base/units.hpp"
#include "serialize/planner.hpp"

namespace acedt::serialize {

/// Where the planned archives of a pass come from. Thread: control.
class RowSource {
 public:
  RowSource() = default;
  RowSource(const RowSource&) = delete;
  RowSource& operator=(const RowSource&) = delete;
  virtual ~RowSource() = default;

  /// How much is known to be fetched.
  struct Ahead {
    Bytes size;  ///< of the blobs of the next archives
    std::size_t archives = 0;
  };
  /// Waits until it is known how much the next archives need, and returns it; 0 if the room for all of them was checked
  /// before the pass. Call before next().
  virtual async::awaitable<Ahead> size_ahead(async::TaskGroup&) { co_return Ahead{}; }
  /// Waits for the archive of the next row in list order, and returns it; skips rows that were passed over. Unset after
  /// the last row, or if a failure ends the pass here. May start children of `group`.
  virtual async::awaitable<std::optional<Planned>> next(async::TaskGroup& group) = 0;
  /// Wakes the waiters of size_ahead() and next(). Call when a row waits for memory.
  virtual void wake() {}
};

}  // namespace acedt::serialize
