#pragma once

#include <asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "acedt/archive/writer.hpp"
#include "acedt/async/runtime.hpp"
#include "acedt/async/task_group.hpp"
#include "acedt/engine/resolve.hpp"
#include "acedt/plan/dedup.hpp"
#include "acedt/plan/layout.hpp"
#include "acedt/sync/folder.hpp"
#include "serialize/row_results.hpp"

namespace acedt::serialize {

/// An archive from its plan to its commit. Thread: control.
struct PendingArchive {
  std::uint64_t row = 0;     ///< in the order of the run
  std::string file = {};     ///< "000001-tools.tar"
  std::string partial = {};  ///< its file in partial/ until it has that name
  plan::Dedup::Archive archive = 0;
  engine::Artifact artifact;  ///< keeps manifests in memory for other rows until they can be read from the file
  std::vector<plan::Segment> segments = {};  ///< of its tar stream
  std::vector<plan::PlacedContent> contents = {};
  std::vector<std::string> needs = {};  ///< archives that have the blobs it leaves out
  bool manifest_json_is_empty = false;  ///< manifest.json was requested, but lists no image
  std::shared_ptr<archive::Writer> writer = {};
  std::size_t parts_left = 0;  ///< segments not written yet

  /// Returns what the folder needs for the commit. Call after the archive is written.
  sync::FinishedArchive finished() const;
};

/// The unit of writing: one segment of an archive's tar stream.
struct Part {
  std::shared_ptr<PendingArchive> archive;
  const plan::Segment* segment;  ///< of it
};

/// The archives of a run between planning and committing, in the order of their rows. Bounded. Thread: control.
class CommitQueue {
 public:
  /// `limit`: the most archives to hold, at least 2; each has its file open. `results` must outlive the queue.
  CommitQueue(const async::Executor& control, std::size_t limit, RowResults& results);

  /// Waits until there is room for an archive. Returns at once if `row` will have none, because it or an earlier row
  /// failed.
  async::awaitable<void> room(std::uint64_t row);
  /// Appends the archive of the next row. Call after room().
  void push(std::shared_ptr<PendingArchive> archive);
  /// Call after the last push().
  void close();

  /// Call once for each part of `archive` that was written.
  void part_done(PendingArchive& archive);

  /// Waits for `max_wait` so that written archives gather. Returns earlier if half of the limit, or every archive, is
  /// written, or if a row failed.
  async::awaitable<void> gather(std::chrono::steady_clock::duration max_wait);
  /// Waits until the first archive is written. Removes and returns it with the written ones right after it, at most
  /// half of the limit. Empty at the end of the run. Throws the failure of the first row that failed, after the rows
  /// before it were taken.
  async::awaitable<std::vector<std::shared_ptr<PendingArchive>>> take_written();

 private:
  bool first_is_written() const;
  bool has_gathered() const;
  void changed();
  /// Returns how many archives one call takes at most: half of the limit, so that planning can continue meanwhile.
  std::size_t max_taken() const noexcept { return limit_ / 2; }

  std::size_t limit_;
  RowResults& results_;
  async::Event changed_;
  asio::steady_timer gathering_;  // ends the wait of gather()
  std::deque<std::shared_ptr<PendingArchive>> archives_;
  std::size_t written_ = 0;  // of archives_
  bool closed_ = false;
};

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
