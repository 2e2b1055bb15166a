#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "acedt/archive/compressor.hpp"
#include "acedt/async/inbox.hpp"
#include "acedt/async/runtime.hpp"
#include "acedt/async/task_group.hpp"
#include "acedt/base/log.hpp"
#include "acedt/batch/options.hpp"
#include "acedt/registry/registries.hpp"
#include "acedt/report/observer.hpp"
#include "acedt/sync/batch_list.hpp"
#include "acedt/sync/folder.hpp"
#include "batch/documents.hpp"
#include "batch/memory.hpp"
#include "batch/planner.hpp"
#include "batch/resolve.hpp"
#include "batch/transfer.hpp"
#include "batch/under_way.hpp"
#include "batch/workers.hpp"

namespace acedt::batch {

/// The rows of a run on their way: resolve, plan, transfer, commit.
///
/// Each step is a coroutine of its own on the control thread; the connections that do the transfers are on all threads.
/// Data goes one way: rows -> artifacts -> archives under way -> the folder. Everything is bounded.
class Pipeline {
 public:
  Pipeline(const Options& options, std::vector<sync::BatchRow> rows, sync::Folder& folder, async::Runtime& runtime,
           report::Observer& observer, const Log& log);

  /// Does the rows. Throws the failure of the first row that cannot be had, after those before it are committed;
  /// options.keep_going lets it pass over those that fail before they are planned, without anybody counting on them.
  async::awaitable<void> run();

  /// What came of it so far.
  report::RunFinished finished() const;
  /// Rows that failed and were passed over.
  const std::vector<report::RowFailed>& failed() const noexcept { return failed_; }
  /// Rows that are neither in the folder nor passed over; the first of them is the one whose failure run() threw.
  std::vector<sync::BatchRow> take_left();

 private:
  registry::ClientSettings client_settings();
  archive::Compressor* make_compressor();
  Bytes largest_piece() const;
  void tell(report::What what);
  std::string where(std::uint64_t row) const;
  void compare_with_quota(const std::string& registry, http::Quota left);

  async::awaitable<void> steps();
  async::awaitable<void> tick();

  async::awaitable<void> resolve_rows(async::TaskGroup& group);
  async::awaitable<void> resolve_row(std::uint64_t row);
  async::awaitable<void> until_resolved(std::uint64_t row);
  async::awaitable<void> check_room(std::uint64_t rows);

  async::awaitable<void> plan_row(std::uint64_t row, std::shared_ptr<Artifact> artifact, async::TaskGroup& group);
  void start(Planner::Planned planned, async::TaskGroup& group);

  std::optional<plan::Dedup::Archive> other_holder(const UnderWay& archive, const oci::Descriptor& blob) const;

  void start_transfer(Part part);
  void call_help(const Part& part, const Work& more, std::uint64_t connections);
  void transfer_ended(const TransferEnd& end);
  async::awaitable<void> transfer_in_order(std::shared_ptr<UnderWay> archive, std::vector<Part> parts);
  async::awaitable<void> watch(std::shared_ptr<UnderWay> archive);
  async::awaitable<void> copy(Part part, plan::Dedup::Archive holder);
  async::awaitable<void> copy_now(Part part, plan::Holding source);
  async::awaitable<void> write_end(Part part);
  void tell_stored(const Part& part, Bytes fetched, int attempts);
  void part_ended(UnderWay& archive, std::exception_ptr failure);
  void give_up(std::uint64_t row, const Error& error);
  void fail(std::uint64_t row, std::exception_ptr failure);

  async::awaitable<void> commit_archives(async::TaskGroup& group);
  async::awaitable<void> commit(std::vector<std::shared_ptr<UnderWay>> written);
  void committed(const UnderWay& archive);

  const Options& options_;
  std::vector<sync::BatchRow> rows_;
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
  Memory memory_;
  registry::ClientSettings client_settings_;
  registry::Registries registries_;
  Workers workers_;
  Documents documents_;
  Referrers referrers_;
  Resolver resolver_;
  std::optional<archive::Compressor> compressor_;
  Planner planner_;
  Transfers transfers_;
  async::Inbox<TransferEnd> transfers_ended_;
  std::map<std::uint64_t, Artifact> resolved_;  // rows that wait for those before them
  async::Event resolved_changed_;
  Line line_;
  std::set<plan::Dedup::Archive> being_made_;  // archives of this run that are not committed
  async::Event committed_changed_;
  std::vector<std::pair<std::shared_ptr<archive::Writer>, Bytes>> spoilt_;  // and from where on
};

}  // namespace acedt::batch
