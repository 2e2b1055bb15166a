#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "acedt/archive/compressor.hpp"
#include "acedt/async/runtime.hpp"
#include "acedt/async/task_group.hpp"
#include "acedt/base/log.hpp"
#include "acedt/engine/budgets.hpp"
#include "acedt/engine/inputs.hpp"
#include "acedt/engine/manifests.hpp"
#include "acedt/engine/network.hpp"
#include "acedt/engine/resolve.hpp"
#include "acedt/serialize/run.hpp"
#include "serialize/commit.hpp"
#include "serialize/planner.hpp"
#include "serialize/resolve_rows.hpp"
#include "serialize/row_results.hpp"
#include "serialize/transfer.hpp"

namespace acedt::serialize {

/// One pass over rows: four boxes, each with its own state, and the connections between them.
///
///     rows -> ResolveRows -> Planner -> Transfer -> Commit -> sync folder
///
/// ResolveRows hands on artifacts in list order. The commit queue holds the archives between planning and committing;
/// it is bounded, and planning waits for room in it. A failure in any box is reported to RowResults, which wakes all
/// boxes. The boxes run on the control thread; connections, compression and the disk have threads of their own.
class Pipeline {
 public:
  /// Everything passed by reference must outlive it.
  Pipeline(const Options& options, const engine::Inputs& inputs, const std::vector<sync::BatchRow>& rows,
           sync::Folder& folder, async::Runtime& runtime, report::Observer& observer, const Log& log);

  /// Mirrors the rows. Call once. Throws the failure of the first row that fails, after the rows before it were
  /// committed, or a failure that belongs to no row. With options.keep_going, passes over rows that fail before they
  /// are planned.
  async::awaitable<void> run();

  /// Returns the figures so far.
  report::RunFinished finished() const;
  const RowResults& results() const noexcept { return results_; }

 private:
  archive::Compressor* make_compressor();
  void compare_with_quota(const std::string& registry, http::Quota left);

  void spawn_boxes(async::TaskGroup& group);
  async::awaitable<void> tick();
  async::awaitable<void> take_inventory();
  async::awaitable<void> resolve_and_plan(async::TaskGroup& group);
  async::awaitable<void> require_room(async::TaskGroup& group);
  void plan(ResolveRows::Resolved resolved, async::TaskGroup& group);
  async::awaitable<void> commit(async::TaskGroup& group);

  const Options& options_;
  const std::vector<sync::BatchRow>& rows_;
  sync::Folder& folder_;
  async::Runtime& runtime_;
  report::Observer& observer_;
  const Log& log_;
  engine::Memory memory_;
  report::Counters counters_;
  std::set<std::string> quotas_known_;  // registries that said how many requests they will still answer
  Bytes shared_size_;                   // of blobs left out because other archives have them
  plan::Dedup dedup_;
  engine::Network network_;
  engine::Manifests manifests_;
  engine::Referrers referrers_;
  RowResults results_;
  engine::RowBudget budget_;
  engine::Resolver resolver_;
  std::optional<archive::Compressor> compressor_;
  CommitQueue queue_;
  ResolveRows resolve_;
  Planner planner_;
  Transfer transfer_;
  Commit commit_;
};

}  // namespace acedt::serialize
