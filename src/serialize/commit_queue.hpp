#pragma once

#include <asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "acedt/archive/writer.hpp"
#include "acedt/async/event.hpp"
#include "acedt/engine/resolve.hpp"
#include "acedt/plan/dedup.hpp"
#include "acedt/plan/layout.hpp"
#include "acedt/sync/folder.hpp"
#include "serialize/row_results.hpp"

namespace acedt::serialize {

/// An archive from its plan to its commit. Thread: that of control.
struct PendingArchive {
  std::uint64_t row = 0;     ///< in the order of the run
  std::string file = {};     ///< "000001-tools.tar"
  std::string partial = {};  ///< its file until it has that name
  plan::Dedup::Archive archive = 0;
  engine::Artifact artifact;  ///< keeps its manifests in memory for others until they can be read from the file
  std::vector<plan::Segment> segments = {};  ///< of its tar stream
  std::vector<plan::PlacedContent> contents = {};
  std::vector<std::string> needs = {};  ///< archives with the blobs that it leaves out
  bool manifest_json_is_empty = false;  ///< it was asked for, and lists no image
  std::shared_ptr<archive::Writer> writer = {};
  std::size_t parts_left = 0;  ///< segments still to be written

  /// What the folder needs to know of it, once it is written.
  sync::FinishedArchive finished() const;
};

/// What is to be written of an archive by itself.
struct Part {
  std::shared_ptr<PendingArchive> archive;
  const plan::Segment* segment;  ///< of it
};

/// The archives of a run that are not committed, in the order of their rows: from planning to committing. Bounded.
class CommitQueue {
 public:
  /// Holds `limit` archives at most, and 2 at least: each has its file open. `results` must outlive it.
  CommitQueue(const async::Executor& control, std::size_t limit, RowResults& results);

  /// Waits while there are too many, unless there will be no archive of `row` after all.
  async::awaitable<void> room(std::uint64_t row);
  void push(std::shared_ptr<PendingArchive> archive);
  /// No more will come.
  void close();

  /// Some of the archive was written.
  void part_done(PendingArchive& archive);

  /// Lets written archives gather, so long; not any longer than it takes to have as many as are taken at once, or all.
  async::awaitable<void> gather(std::chrono::steady_clock::duration timeouts);
  /// Waits until the first archive is written, and takes it with those behind it that are written too, not too many of
  /// them. Empty at the end of the run. Throws the failure of the first row that failed, when those before it were
  /// taken.
  async::awaitable<std::vector<std::shared_ptr<PendingArchive>>> take_written();

 private:
  bool first_is_written() const;
  bool has_gathered() const;
  void changed();
  /// At once: there is always room for others meanwhile.
  std::size_t max_taken() const noexcept { return limit_ / 2; }

  std::size_t limit_;
  RowResults& results_;
  async::Event changed_;
  asio::steady_timer gathering_;  // ends what gather() waits for
  std::deque<std::shared_ptr<PendingArchive>> archives_;
  std::size_t written_ = 0;  // of them
  bool closed_ = false;
};

}  // namespace acedt::serialize
