#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <vector>

#include "acedt/async/runtime.hpp"
#include "acedt/plan/dedup.hpp"
#include "serialize/commit_queue.hpp"
#include "serialize/row_results.hpp"

namespace acedt::serialize {

/// The last box, from written archives to the sync folder. Commits archives in list order, as many at a time as are
/// written. Thread: control; the folder works on the disk thread.
class Commit {
 public:
  struct Callbacks {
    std::function<void(const PendingArchive&)> committed;                         ///< the archive has its final name
    std::function<void(PendingArchive&, const std::exception_ptr&)> not_written;  ///< finishing it failed
  };

  /// Everything passed by reference must outlive it.
  Commit(const Options& options, async::Runtime& runtime, sync::Folder& folder, plan::Dedup& dedup, CommitQueue& queue,
         RowResults& results, report::Observer& observer, Callbacks callbacks);

  /// Returns when every archive of the pass is committed. Throws the failure of the row that ends the pass, after the
  /// rows before it were committed, and the errors of sync::Folder::commit().
  async::awaitable<void> run();

  /// Returns how many archives were committed.
  std::size_t archives() const noexcept { return archives_; }
  /// Returns how many of these need archives of other names.
  std::size_t dependent() const noexcept { return dependent_; }

 private:
  async::awaitable<void> commit(std::vector<std::shared_ptr<PendingArchive>> written);
  void committed(const PendingArchive& archive);

  const Options& options_;
  async::Runtime& runtime_;
  sync::Folder& folder_;
  plan::Dedup& dedup_;
  CommitQueue& queue_;
  RowResults& results_;
  report::Observer& observer_;
  Callbacks callbacks_;
  std::size_t archives_ = 0;
  std::size_t dependent_ = 0;
};

}  // namespace acedt::serialize
