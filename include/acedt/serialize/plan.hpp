#pragma once

// The plan of a run as a value: what a run would do, decided without fetching a blob. It is shown (`--dry-run`), or
// kept in a file that several processes carry out, each its share (run_shard()); commit_plan() puts their archives into
// the sync folder, which is then the same, byte for byte, as after a single run.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "acedt/base/disk.hpp"
#include "acedt/base/log.hpp"
#include "acedt/base/units.hpp"
#include "acedt/plan/shards.hpp"
#include "acedt/report/observer.hpp"
#include "acedt/serialize/run.hpp"

namespace acedt::serialize {

/// What a plan says about one row of the list.
struct PlanRow {
  enum class State {
    todo,     ///< an archive is to be made
    rebuilt,  ///< a lost archive is to be made again
    done,     ///< the tracker has it
    failed,   ///< it cannot be planned
  };
  State state = State::todo;
  std::size_t line = 0;  ///< of the list; 0 for a rebuilt archive
  std::string name = {};
  std::string artifact = {};
  std::string archive = {};    ///< file name; empty if it failed
  std::string digest = {};     ///< of the root manifest; empty if it failed, or if the tracker does not have it
  Bytes fetch = {};            ///< blobs to fetch from the registry
  Bytes shared = {};           ///< blobs that it leaves out, because earlier archives have them
  Bytes size = {};             ///< of the archive: exact if it is plain, else an upper bound
  std::uint64_t requests = 0;  ///< for manifests and blobs, if nothing is repeated and no blob comes in pieces
  std::uint64_t parts = 1;     ///< files of the archive, if it has `size`
  std::string problem = {};    ///< if it failed

  bool operator==(const PlanRow&) const = default;
};

/// The sums of a plan.
struct PlanTotals {
  std::size_t todo = 0;  ///< rows, with rebuilt ones
  std::size_t done = 0;
  std::size_t failed = 0;
  Bytes fetch = {};
  Bytes shared = {};
  Bytes size = {};
  std::uint64_t requests = 0;

  void add(const PlanRow& row);
};

/// Called with each row: first those that are done, then those to do in list order, then those whose tags were found
/// unchanged, then those that failed.
using OnPlanRow = std::function<void(const PlanRow&)>;

/// Plans a run of `options`: asks the registries for manifests, and reads the folder. Fetches no blob, takes no lock,
/// and writes nothing to the folder. `observer` is told of warnings and retries, on the calling thread. Blocks.
///
/// Throws as run() does before it fetches blobs; Error(locked) if a commit of the folder is under way or was
/// interrupted. With keep_going, a row that fails is a row of the plan.
PlanTotals dry_run(const Options& options, const OnPlanRow& on_row, report::Observer& observer, const Log& log,
                   const Disk& disk = Disk::real());

/// Plans as dry_run() does, and keeps the plan in the file `plan`, which is replaced when the plan is complete.
/// `shards`: the number of shards that it is for; unset: any. Throws also Error(usage) if archives of the folder are
/// lost: a plain run rebuilds them.
PlanTotals make_plan(const Options& options, std::optional<unsigned> shards, const std::filesystem::path& plan,
                     const OnPlanRow& on_row, report::Observer& observer, const Log& log,
                     const Disk& disk = Disk::real());

/// The space for the archives of a folder.
struct FolderRoom {
  std::optional<Bytes> free = {};  ///< unset if the file system does not report it
  Bytes partial = {};              ///< what an interrupted run left, part of which need not be fetched again
};
/// Returns the space for the archives of options.sync_directory. Throws as dry_run() does when it reads the folder.
FolderRoom room_of(const Options& options, const Disk& disk = Disk::real());

/// What the head of a plan says.
struct PlanHead {
  Options options;                      ///< those that decide which bytes the archives have
  std::optional<unsigned> shards = {};  ///< the number of shards that it is for
};
/// Reads only the head. Throws Error(corrupt) if `plan` is not a plan; Error(usage) if it is one of another version;
/// Error(storage) if it cannot be read.
PlanHead read_plan_head(const std::filesystem::path& plan, const Disk& disk = Disk::real());

/// Reads a plan, and checks that it is complete. Returns its digest. Throws as read_plan_head() does.
oci::Digest each_in_plan(const std::filesystem::path& plan, const OnPlanRow& on_row, const Disk& disk = Disk::real());

/// Makes the archives of one shard of the plan in the file `path`, in a folder of its own below options.sync_directory:
/// `.ace-dt/shards/PLAN/I-of-N`, where PLAN are the first 16 digits of the plan's digest. options.sync_directory is the
/// folder that was planned for, or another one, such as on a local disk. Skips archives that either has.
///
/// `options` are those of the plan's head, with options.engine and keep_going of this process. Throws as run() does;
/// Error(usage) if the plan does not fit the folder any more; Error(locked) if the shard is being worked on.
report::RunFinished run_shard(const Options& options, const std::filesystem::path& path, const plan::Shard& shard,
                              report::Observer& observer, const Log& log, const Disk& disk = Disk::real());

/// What commit_plan() did.
struct Committed {
  std::size_t archives = 0;                 ///< committed now
  std::size_t before = 0;                   ///< were committed already
  std::size_t missing = 0;                  ///< are not there
  std::string first_missing = {};           ///< its file name
  std::size_t waiting = 0;                  ///< are there, but archives before them, or that they need, are missing
  std::vector<plan::Shard> run_again = {};  ///< shards that miss archives; empty if the number of shards is unknown
  std::vector<PlanRow> failed = {};         ///< rows that the plan could not include
};

/// Commits the archives that the shards of the plan in the file `path` have made, in list order, to the folder that was
/// planned for. Looks for them below `directory` and each of `shard_directories`. Moves them if they are on the same
/// file system, else copies them. Stops before the first archive that is missing; with `keep_going`, passes over it and
/// those that need it. After the last archive, removes what the shards left below `directory`. May be called again at
/// any time.
///
/// Throws Error(usage) if the plan does not fit the folder, or if a directory does not exist; Error(locked) if the
/// folder or a shard is being worked on; Error(corrupt) if the plan is damaged; Error(storage) or Error(no_space).
Committed commit_plan(const std::filesystem::path& path, const std::filesystem::path& directory,
                      const std::vector<std::filesystem::path>& shard_directories, bool keep_going, const Log& log,
                      const Disk& disk = Disk::real());

}  // namespace acedt::serialize
