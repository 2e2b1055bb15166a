#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "acedt/async/task_group.hpp"
#include "acedt/base/units.hpp"
#include "acedt/codec/compression.hpp"
#include "acedt/engine/settings.hpp"
#include "acedt/oci/manifest.hpp"

namespace acedt::engine {

/// How a run's memory budget is divided. The lists themselves and the tables of digests are not part of it.
struct Memory {
  Bytes receive_buffer = {};      ///< of each connection while it receives
  Bytes compression_window = {};  ///< of tar streams: received, not yet written; 0 if archives are plain
  Bytes manifests = {};           ///< of uncommitted rows, see RowBudget
};

/// How `threads` threads compress.
struct CompressionLoad {
  codec::Compression compression = codec::Compression::none;
  int level = 0;  ///< within codec::level_range
  std::size_t threads = 1;
};

/// Divides settings.memory among connections, manifests and compression. If it is unset, returns what full speed needs.
/// Throws Error(usage) that says how many bytes are needed if it is too small.
Memory divide_memory(const Settings& settings, const CompressionLoad& load);

/// How many connections and archives, which hold files open, a run may have at a time.
struct OpenFiles {
  unsigned connections = 0;          ///< as requested, or fewer
  std::size_t idle_connections = 0;  ///< kept open per thread
  std::size_t archives = 0;          ///< pending: each has its file open
};

/// Divides the `files` that may still be opened among `connections` and archives. Throws Error(usage) if a run cannot
/// work with so few.
OpenFiles divide_open_files(unsigned connections, std::size_t threads, std::size_t files);

/// Returns how many files this process may still open: RLIMIT_NOFILE minus the open ones.
std::size_t open_files_left();

/// Returns the memory that a manifest takes at most, from its fetch until its archive is committed: its text, the
/// parsed form, the entries of the graph, the segments of the tar stream, the record of the commit. The maximum is
/// reached with the shortest possible descriptors.
Bytes memory_of_manifest(const oci::Descriptor& manifest);
/// The same for the manifests of one artifact, which are `size` together.
Bytes memory_of_graph(Bytes size);
/// Returns what a parsed manifest takes beyond memory_of_manifest(): 0, unless it is full of short annotations or URLs,
/// which take far more memory than their text.
Bytes memory_beyond(const oci::Descriptor& manifest, const oci::Manifest& parsed);
/// Returns the memory that a list of `count` referrers takes.
Bytes memory_of_referrers(std::size_t count);

/// Bounds the memory of rows that are not committed. So the size of their manifests decides how far ahead rows are
/// resolved, and how many archives are pending.
///
/// A row takes memory before its manifests are fetched, and gives all of it back when it ends. Waiting rows are served
/// in list order. The first row that has not ended never waits, so the run always makes progress; only that row can
/// exceed the limit. Thread: control.
class RowBudget {
 public:
  /// `ended`: for each row, whether it was committed or passed over; must outlive the budget. `short_of_memory` is
  /// called when a row starts to wait.
  RowBudget(async::Executor control, Bytes limit, const std::vector<bool>& ended,
            std::function<void()> short_of_memory);

  /// Waits until `row` may take `bytes` more. Can be cancelled.
  async::awaitable<void> take(std::uint64_t row, Bytes bytes);
  /// Gives back all that `row` took. Call after the row has ended.
  void give_back(std::uint64_t row);

  /// True while a row waits.
  bool is_short() const noexcept { return !waiting_.empty(); }
  Bytes in_use() const noexcept { return in_use_; }

 private:
  using Key = std::pair<std::uint64_t, std::uint64_t>;  // row, then order of arrival
  struct Waiter {
    Waiter(const async::Executor& control, Bytes wanted) : bytes(wanted), served(control) {}
    Bytes bytes;
    async::Event served;
    bool is_served = false;
  };

  bool has_room(std::uint64_t row, Bytes bytes) const;
  void serve();

  async::Executor control_;
  Bytes limit_;
  const std::vector<bool>& ended_;
  std::function<void()> short_of_memory_;
  std::uint64_t first_ = 0;  // the first row that has not ended
  Bytes in_use_;
  std::map<std::uint64_t, Bytes> taken_;  // by row
  std::map<Key, Waiter*> waiting_;
  std::uint64_t came_ = 0;
};

}  // namespace acedt::engine
