#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "acedt/archive/compressor.hpp"
#include "acedt/async/crossing.hpp"
#include "acedt/async/runtime.hpp"
#include "acedt/async/task_group.hpp"
#include "acedt/base/log.hpp"
#include "acedt/engine/manifests.hpp"
#include "acedt/engine/resolve.hpp"
#include "acedt/engine/workers.hpp"
#include "acedt/registry/registries.hpp"
#include "acedt/report/observer.hpp"
#include "acedt/serialize/options.hpp"
#include "acedt/sync/batch_list.hpp"
#include "acedt/sync/folder.hpp"
#include "serialize/commit_queue.hpp"
#include "serialize/inputs.hpp"
#include "serialize/planner.hpp"
#include "serialize/transfer.hpp"

namespace acedt::serialize {

/// The rows of a run on their way: resolve, plan, transfer, commit.
///
/// Each step is a coroutine of its own on the control thread; the connections that do the transfers are on all threads.
/// Data goes one way: rows -> artifacts -> archives under way -> the folder. Everything is bounded.
class Pipeline {
 public:
  /// What it is given by reference must outlive it.
  Pipeline(const Options& options, const Inputs& inputs, const std::vector<sync::BatchRow>& rows, sync::Folder& folder,
           async::Runtime& runtime, report::Observer& observer, const Log& log);

  /// Does the rows. Throws the failure of the first row that fails, after those before it are committed, or a failure
  /// that is no row's; options.keep_going lets it pass over rows that fail before they are planned: no other row counts
  /// on their content.
  async::awaitable<void> run();

  /// What came of it so far.
  report::RunFinished finished() const;
  /// Rows that failed and were passed over.
  const std::vector<report::RowFailed>& failed() const noexcept { return failed_; }
  /// For each row, whether it was committed or passed over.
  const std::vector<bool>& ended() const noexcept { return ended_; }
  /// Whether `failure`, which run() threw, is that of the first row that has not ended.
  bool is_of_row(const std::exception_ptr& failure) const noexcept { return failure == line_.failure(); }

 private:
  registry::TransportSettings client_settings(const Inputs& inputs);
  archive::Compressor* make_compressor();
  Bytes max_piece() const;
  void tell(report::What what);
  std::string where(std::uint64_t row) const;
  void compare_with_quota(const std::string& registry, http::Quota left);

  async::awaitable<void> steps();
  async::awaitable<void> rows(async::TaskGroup& group);
  async::awaitable<void> tick();

  async::awaitable<void> resolve_rows(async::TaskGroup& group);
  async::awaitable<void> resolve_row(std::uint64_t row);
  bool is_unresolved(std::uint64_t row) const;
  async::awaitable<void> check_room(std::uint64_t rows);

  async::awaitable<void> plan_row(std::uint64_t row, std::shared_ptr<engine::Artifact> artifact,
                                  async::TaskGroup& group);
  void start(Planner::Planned planned, async::TaskGroup& group);

  std::optional<plan::Dedup::Archive> other_holder(const PendingArchive& archive, const oci::Descriptor& blob) const;

  void start_transfer(Part part);
  void call_help(const Part& part, const engine::Work& more, std::uint64_t connections);
  void transfer_ended(const TransferEnd& end);
  async::awaitable<void> transfer_in_order(std::shared_ptr<PendingArchive> archive, std::vector<Part> parts);
  async::awaitable<void> watch(std::shared_ptr<PendingArchive> archive);
  async::awaitable<void> copy_parts();
  async::awaitable<void> copy(Part part, plan::Dedup::Archive holder);
  async::awaitable<void> copy_now(Part part, plan::Holding source);
  async::awaitable<void> write_end(Part part);
  void tell_stored(const Part& part, Bytes fetched, int attempts);
  void part_ended(PendingArchive& archive, const std::exception_ptr& failure);
  void end(std::uint64_t row);
  void give_up(std::uint64_t row, const std::exception_ptr& failure);
  void fail(std::uint64_t row, std::exception_ptr failure);

  async::awaitable<void> commit_archives(async::TaskGroup& group);
  async::awaitable<void> commit(std::vector<std::shared_ptr<PendingArchive>> written);
  void committed(const PendingArchive& archive);

  const Options& options_;
  const std::vector<sync::BatchRow>& rows_;
  std::vector<bool> ended_;  // rows that are committed or passed over
  std::vector<report::RowFailed> failed_;
  sync::Folder& folder_;
  async::Runtime& runtime_;
  report::Observer& observer_;
  const Log& log_;
  report::Counters counters_;
  report::RunFinished finished_;
  std::set<std::string> quotas_known_;  // registries that said how much they still allow
  plan::Dedup dedup_;
  engine::Memory memory_;
  registry::TransportSettings client_settings_;
  registry::Registries registries_;
  engine::Workers workers_;
  engine::Manifests manifests_;
  engine::Referrers referrers_;
  async::Event resolved_changed_;
  engine::RowBudget budget_;
  engine::Resolver resolver_;
  std::optional<archive::Compressor> compressor_;
  Planner planner_;
  Transfers transfers_;
  async::Inbox<TransferEnd> transfers_ended_;
  std::map<std::uint64_t, engine::Artifact> resolved_;  // rows that wait for those before them
  CommitQueue line_;
  std::deque<std::pair<Part, plan::Dedup::Archive>> copies_;  // and which archive has it; in the order of the run
  async::Event copies_changed_;
  std::set<plan::Dedup::Archive> being_made_;  // archives of this run that are not committed
  async::Event committed_changed_;
  std::vector<std::pair<std::shared_ptr<archive::Writer>, Bytes>> must_rebuild_;  // and from where on
};

}  // namespace acedt::serialize
