#pragma once

#include <filesystem>
#include <memory>
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
#include "acedt/engine/network.hpp"
#include "acedt/serialize/run.hpp"
#include "serialize/commit.hpp"
#include "serialize/plan_file.hpp"
#include "serialize/row_results.hpp"
#include "serialize/row_source.hpp"
#include "serialize/transfer.hpp"

namespace acedt::serialize {

/// One pass over rows: boxes, each with its own state, and the connections between them.
///
///     RowSource -> Transfer -> Commit -> sync folder
///
/// The source hands on planned archives in list order: a ListSource resolves and plans the rows of a list, a PlanSource
/// reads them from a plan. The commit queue holds the archives between planning and committing;
/// it is bounded, and planning waits for room in it. A failure in any box is reported to RowResults, which wakes all
/// boxes. The boxes run on the control thread; connections, compression and the disk have threads of their own.
class Pipeline {
 public:
  /// `plan`: where the rows are planned; null: they are resolved and planned now. Everything passed by reference or
  /// pointer must outlive it.
  Pipeline(const Options& options, const engine::Inputs& inputs, const std::vector<sync::BatchRow>& rows, PlanFile plan,
           sync::Folder& folder, async::Runtime& runtime, report::Observer& observer, const Log& log);

  /// Mirrors the rows. Call once. Throws the failure of the first row that fails, after the rows before it were
  /// committed, or a failure that belongs to no row. With options.keep_going, passes over rows that fail before they
  /// are planned.
  async::awaitable<void> run();

  /// Returns the figures so far.
  report::RunFinished finished() const;
  const RowResults& results() const noexcept { return results_; }

 private:
  void make_compressor();
  void compare_with_quota(const std::string& registry, http::Quota left);

  void spawn_boxes(async::TaskGroup& group);
  std::unique_ptr<RowSource> make_source(PlanFile plan);
  async::awaitable<void> start_archives(async::TaskGroup& group);
  async::awaitable<void> require_room(async::TaskGroup& group);
  void start(Planned planned, async::TaskGroup& group);
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
  RowResults results_;
  engine::RowBudget budget_;
  std::optional<archive::Compressor> compressor_;
  CommitQueue queue_;
  std::unique_ptr<RowSource> source_;
  Transfer transfer_;
  Commit commit_;
};

}  // namespace acedt::serialize
