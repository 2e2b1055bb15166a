#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "acedt/async/task_group.hpp"
#include "acedt/engine/resolve.hpp"
#include "acedt/plan/dedup.hpp"
#include "serialize/row_results.hpp"

namespace acedt::serialize {

/// The first box, from rows to artifacts. Resolves up to 128 rows at a time, and hands them on in list order. Thread:
/// control.
class ResolveRows {
 public:
  /// `platforms`: for rows of the list; a lost archive is resolved with the filter that it was made with. Everything
  /// passed by reference must outlive it.
  ResolveRows(const async::Executor& control, const std::vector<sync::BatchRow>& rows, RowResults& results,
              engine::Resolver& resolver, const engine::RowBudget& budget, const oci::PlatformFilter& platforms);

  struct Resolved {
    std::uint64_t row;
    engine::Artifact artifact;
  };

  /// Waits for the next artifact in list order and returns it; skips rows that were passed over. Unset after the last
  /// row, or if a failure ends the pass here. Starts to resolve further rows, in children of `group`.
  async::awaitable<std::optional<Resolved>> next(async::TaskGroup& group);
  /// Waits until the first 128 rows are resolved, or until a row waits for memory. Returns the bytes of their blobs
  /// that `dedup` does not know, and the number of resolved rows. Call before next().
  async::awaitable<std::pair<Bytes, std::size_t>> size_ahead(const plan::Dedup& dedup, plan::DedupScope scope,
                                                             async::TaskGroup& group);
  /// Wakes the waiters of next() and size_ahead(). Call when a row failed or waits for memory.
  void wake() { changed_.wake_all(); }

 private:
  void begin_ahead(async::TaskGroup& group);
  async::awaitable<void> resolve(std::uint64_t row);
  async::awaitable<std::optional<oci::Digest>> moved_to(std::uint64_t row, oci::Reference reference);
  bool is_under_way(std::uint64_t row) const;

  const std::vector<sync::BatchRow>& rows_;
  RowResults& results_;
  engine::Resolver& resolver_;
  const engine::RowBudget& budget_;
  const oci::PlatformFilter& platforms_;
  async::Event changed_;
  std::uint64_t begun_ = 0;                             // rows below this were started
  std::uint64_t next_ = 0;                              // row to hand on next
  std::map<std::uint64_t, engine::Artifact> resolved_;  // rows that wait for earlier ones
};

}  // namespace acedt::serialize
