#pragma once

#include <deque>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "acedt/async/crossing.hpp"
#include "acedt/async/runtime.hpp"
#include "acedt/async/task_group.hpp"
#include "acedt/engine/budgets.hpp"
#include "acedt/engine/workers.hpp"
#include "acedt/plan/dedup.hpp"
#include "serialize/commit.hpp"
#include "serialize/fetch_blob.hpp"
#include "serialize/row_results.hpp"

namespace acedt::serialize {

/// The third box, from planned archives to written ones. Each part of an archive is fetched from a registry, copied
/// from an archive of the folder, or is text from the plan. Thread: control.
class Transfer {
 public:
  /// Everything passed by reference must outlive it.
  Transfer(const Options& options, const engine::Memory& memory, async::Runtime& runtime, engine::Workers& workers,
           sync::Folder& folder, plan::Dedup& dedup, CommitQueue& queue, RowResults& results,
           report::Observer& observer, report::Counters& counters);

  /// Starts the parts of `archive`. Call after it was pushed into the commit queue. Coroutines that are not jobs of the
  /// workers become children of `group`.
  void start(const std::shared_ptr<PendingArchive>& archive, async::TaskGroup& group);
  /// Starts the coroutines that copy from archives of the folder. They end when `group` is cancelled.
  void start_copying(async::TaskGroup& group);
  /// Call when `archive` has its final name: parts can now be copied from it.
  void committed(plan::Dedup::Archive archive);
  /// Call when a part of `archive` was written; with a `failure`, when it cannot be written, which ends the row.
  void part_ended(PendingArchive& archive, const std::exception_ptr& failure);
  /// Truncates each archive that must be rebuilt before its first wrong byte. Call after all workers have stopped.
  void forget_wrong_bytes();

  /// Returns the bytes of blobs that an interrupted run left, which were verified and not fetched again.
  Bytes recovered() const noexcept { return recovered_; }

 private:
  struct Copy {
    Part part;
    plan::Dedup::Archive holder;  // has the content, or will
  };

  std::optional<plan::Dedup::Archive> other_holder(const PendingArchive& archive, const oci::Descriptor& blob) const;
  void fetch(Part part);
  void call_help(const Part& part, const engine::Work& more, std::uint64_t connections);
  void fetched(const BlobEnd& end);
  async::awaitable<void> fetch_in_order(std::shared_ptr<PendingArchive> archive, std::vector<Part> parts);
  async::awaitable<void> watch(std::shared_ptr<PendingArchive> archive);
  async::awaitable<void> copy_parts();
  async::awaitable<void> copy(Copy job);
  async::awaitable<void> copy_content(Part part, plan::Holding source);
  async::awaitable<void> write_text(Part part);
  void tell_stored(const Part& part, Bytes fetched, int attempts);

  const Options& options_;
  async::Runtime& runtime_;
  engine::Workers& workers_;
  sync::Folder& folder_;
  plan::Dedup& dedup_;
  CommitQueue& queue_;
  RowResults& results_;
  report::Observer& observer_;
  report::Counters& counters_;
  BlobFetches fetches_;
  async::Inbox<BlobEnd> fetched_;
  std::deque<Copy> copies_;  // in the order of the run
  async::Event copies_changed_;
  std::set<plan::Dedup::Archive> pending_;  // archives of this run that are not committed
  async::Event committed_;
  std::vector<std::pair<std::shared_ptr<archive::Writer>, Bytes>> wrong_;  // archives, offsets of wrong bytes
  Bytes recovered_;
};

}  // namespace acedt::serialize
