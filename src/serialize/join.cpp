// The archives of the shards are moved into partial/ of the sync folder, and committed from there like those of a run.
// A crash can leave an archive in partial/, where the next call finds it.

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/base/joined_file.hpp"
#include "acedt/engine/inventory.hpp"
#include "acedt/serialize/plan.hpp"
#include "acedt/sync/files.hpp"
#include "acedt/sync/folder.hpp"
#include "serialize/plan_file.hpp"
#include "serialize/rows.hpp"
#include "serialize/shard_folder.hpp"

namespace acedt::serialize {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_at_once = 256;  // archives of one commit; each has its file open

/// Returns the folders in which shards of `plan` were carried out, each once.
std::vector<std::pair<plan::Shard, fs::path>> folders_of_shards(const std::vector<fs::path>& directories,
                                                                const oci::Digest& plan, const Disk& disk) {
  std::set<fs::path> seen;
  std::vector<std::pair<plan::Shard, fs::path>> folders;
  for (const fs::path& directory : directories) {
    const fs::path below = shards_path(without_links(fs::absolute(directory)).lexically_normal() / "", plan);
    if (!seen.insert(below).second || !disk.exists(below)) continue;
    for (const std::string& file : disk.list(below))
      if (const auto shard = shard_named(file)) folders.emplace_back(*shard, below / file);
  }
  return folders;
}

/// Returns how many parts of `file` are there, up to the first that is missing.
unsigned parts_there(const Disk& disk, const fs::path& file) {
  unsigned count = 0;
  while (count < max_parts && disk.exists(part_path(file, count + 1))) ++count;
  return count;
}

/// Copies a file. It has the name `to` only when all of it is on disk.
void copy(const fs::path& from, const fs::path& to, const Disk& disk) {
  const File source = File::open(from, disk);
  const File target = File::create(beside(to), disk);
  std::vector<std::byte> buffer(1 << 20);
  Bytes at;
  while (const std::size_t n = source.read_at(at, buffer)) {
    target.write_at(at, std::span(buffer).first(n));
    at += {n};
  }
  target.sync();
  disk.rename(beside(to), to);
}

void move_file(const fs::path& from, const fs::path& to, const Disk& disk) {
  if (!disk.rename_within(from, to)) copy(from, to, disk);
}

/// Moves an archive, the last part first: then complete_move() can tell how far a move got.
void move(const fs::path& from, const fs::path& to, const Disk& disk) {
  if (disk.exists(from)) return move_file(from, to, disk);
  for (unsigned number = parts_there(disk, from); number > 0; --number)
    move_file(part_path(from, number), part_path(to, number), disk);
}

/// Moves the parts that are left of an archive if a crash ended its move. Returns whether there were any.
bool complete_move(const fs::path& from, const fs::path& to, const Disk& disk) {
  const unsigned left = parts_there(disk, from);
  const bool is_begun = left > 0 && disk.exists(part_path(to, left + 1)) && !disk.exists(part_path(to, left));
  if (is_begun) move(from, to, disk);
  return is_begun;
}

/// The folders of the shards of a plan. Holds their locks.
class Shards {
 public:
  /// An archive that a shard has made.
  struct Made {
    const sync::Folder* folder;
    Bytes at;  ///< of its entry in the ledger there

    sync::LedgerEntry entry() const { return folder->entry_at(at); }
  };

  /// Logs the warnings of the folders. Throws Error(locked) if one is being worked on.
  Shards(const std::vector<std::pair<plan::Shard, fs::path>>& folders, const Log& log, const Disk& disk) {
    for (const auto& [shard, path] : folders) {
      const sync::Folder& folder = folders_.emplace_back(sync::Folder::open(path, shard_tracker, disk));
      for (const std::string& warning : folder.warnings()) log.warn(warning);
      counts_.insert(shard.count);
    }
  }

  /// Completes the moves to partial/ of `target` that a crash ended between two parts of an archive, and finds what the
  /// shards have made. Call once, before find().
  void read(const sync::Folder& target, const oci::Digest& plan) {
    for (sync::Folder& folder : folders_) {
      bool has_moved = false;
      for (const sync::ListedFile& file : sync::files_in(folder.directory(), folder.disk())) {
        if (file.parts.empty()) continue;
        const fs::path partial = target.partial_path(joined_partial(plan, file.name));
        if (complete_move(folder.archive_path(file.name), partial, folder.disk())) has_moved = true;
      }
      if (has_moved) folder.reload();
      folder.each_in_ledger([&](const sync::LedgerEntry& entry, Bytes at) {
        made_.emplace(entry.archive, Made{&folder, at});
      });
    }
  }

  /// Calls `use` with each archive of this name until it returns true. Returns whether it did.
  template <class Use>
  bool find(const std::string& archive, Use use) const {
    const auto [first, end] = made_.equal_range(archive);
    return std::any_of(first, end, [&](const auto& found) { return use(found.second); });
  }
  /// Returns the number of shards; unset if there are folders of none, or of several numbers.
  std::optional<unsigned> count() const { return counts_.size() == 1 ? std::optional(*counts_.begin()) : std::nullopt; }

 private:
  std::deque<sync::Folder> folders_;
  std::set<unsigned> counts_;
  std::multimap<std::string, Made> made_;  // several if the number of shards was changed
};

/// Commits the rows of a plan, in its order, as far as their archives are there.
class Join {
 public:
  Join(sync::Folder& folder, const Shards& shards, const oci::Digest& plan, bool keep_going)
      : folder_(folder),
        shards_(shards),
        plan_(plan),
        keep_going_(keep_going),
        tracked_(folder.tracker().sync_names()) {}

  void add(const PlanRow& row, std::optional<plan::Shard> shard) {
    if (row.state == PlanRow::State::failed) result_.failed.push_back(row);
    if (row.state != PlanRow::State::todo) return;
    if (tracked_.contains(row.archive)) {
      ++result_.before;
      return;
    }
    std::optional<Finished> finished = find(row);
    if (!finished) {
      miss(row, shard);
    } else if (is_stopped_ || needs_missing(finished->entry)) {
      pass_over(row);
      ++result_.waiting;
    } else {
      take(row, *std::move(finished));
    }
  }

  Committed finish() {
    commit();
    result_.run_again.assign(run_again_.begin(), run_again_.end());
    return std::move(result_);
  }

 private:
  /// An archive that can be committed.
  struct Finished {
    sync::LedgerEntry entry;
    fs::path path;  ///< of its file, in a shard's folder or in partial/
  };

  fs::path partial_path(const PlanRow& row) const { return folder_.partial_path(joined_partial(plan_, row.archive)); }

  /// Returns the archive of a row; unset if no shard has it.
  std::optional<Finished> find(const PlanRow& row) const {
    std::optional<Finished> finished;
    const auto take = [&](const Shards::Made& made) {
      sync::LedgerEntry entry = made.entry();
      if (!entry.origin || entry.origin->digest != row.digest) return false;
      for (const fs::path& path : {made.folder->archive_path(row.archive), partial_path(row)}) {
        if (size_of(folder_.disk(), path) != entry.file_size) continue;
        finished = {std::move(entry), path};
        return true;
      }
      return false;
    };
    shards_.find(row.archive, take);
    return finished;
  }

  bool needs_missing(const sync::LedgerEntry& entry) const {
    return std::ranges::any_of(entry.origin->needs,
                               [&](const std::string& needed) { return passed_over_.contains(needed); });
  }

  /// Throws Error(usage) if an archive that this one needs is neither in the folder nor tracked, as after it was
  /// deleted.
  void require_needed(const sync::LedgerEntry& entry) const {
    for (const std::string& needed : entry.origin->needs) {
      const bool is_taken = std::ranges::any_of(batch_, [&](const auto& one) { return one.row.sync_name == needed; });
      if (is_taken || tracked_.contains(needed) || is_there(folder_.disk(), folder_.archive_path(needed))) continue;
      throw Error(ErrorKind::usage, folder_.archive_path(needed).string() + " is gone, though " + entry.archive +
                                        " needs it: the plan does not fit")
          .hint("restore it from a copy, or make a new plan");
    }
  }

  void take(const PlanRow& row, Finished finished) {
    require_needed(finished.entry);
    const fs::path partial = partial_path(row);
    if (finished.path != partial) move(finished.path, partial, folder_.disk());
    batch_.push_back(
        {{row.archive, row.artifact, row.digest}, std::move(finished.entry), joined_partial(plan_, row.archive)});
    if (batch_.size() == max_at_once) commit();
  }

  void miss(const PlanRow& row, std::optional<plan::Shard> shard) {
    is_stopped_ = !keep_going_;
    pass_over(row);
    if (shard) run_again_.insert(*shard);
    if (result_.missing++ == 0) result_.first_missing = row.archive;
  }

  void pass_over(const PlanRow& row) {
    if (keep_going_) passed_over_.insert(row.archive);  // else no later one is committed
  }

  void commit() {
    folder_.commit(batch_);
    result_.archives += batch_.size();
    batch_.clear();
  }

  sync::Folder& folder_;
  const Shards& shards_;
  const oci::Digest& plan_;
  bool keep_going_;
  std::set<std::string_view> tracked_;
  bool is_stopped_ = false;
  std::set<std::string> passed_over_;
  std::set<plan::Shard> run_again_;
  std::vector<sync::FinishedArchive> batch_;
  Committed result_;
};

/// Reads the archives that the ledger does not know, as a run does before it plans.
void remember_unknown(sync::Folder& folder, const Log& log) {
  std::vector<sync::LedgerEntry> entries;
  for (const std::string& archive : folder.unknown_archives())
    entries.push_back(engine::read_unknown(folder, archive, log));
  if (!entries.empty()) folder.remember(entries);
}

/// Throws Error(usage) if archives that the plan counts on are lost.
void require_whole(const sync::FolderState& folder) {
  const std::vector<sync::LostArchive> lost = folder.lost_archives();
  if (lost.empty()) return;
  throw Error(ErrorKind::usage, describe(lost.front(), folder) + ": the plan does not fit")
      .hint("restore it from a copy, or run mirror batch-serialize without a plan once and make a new plan");
}

/// Returns the shard that each row to do belongs to, in the order of the plan; unset if the number of shards is
/// unknown.
class Assignment {
 public:
  explicit Assignment(std::optional<unsigned> count) : count_(count), division_(count.value_or(1)) {}

  std::optional<plan::Shard> next(const PlanRow& row) {
    if (row.state != PlanRow::State::todo || !count_) return std::nullopt;
    return plan::Shard{division_.next(row.size), *count_};
  }

 private:
  std::optional<unsigned> count_;
  plan::Division division_;
};

/// Returns what is missing if no shard was carried out.
Committed without_shards(const PlanFile& plan, std::optional<unsigned> count, const sync::FolderState& folder) {
  const std::set<std::string_view> tracked = folder.tracker().sync_names();
  Committed result;
  std::set<plan::Shard> run_again;
  Assignment assignment(count);
  each_in_plan(plan, [&](const PlanRow& row) {
    const auto shard = assignment.next(row);
    if (row.state == PlanRow::State::failed) result.failed.push_back(row);
    if (row.state != PlanRow::State::todo) return;
    if (tracked.contains(row.archive)) {
      ++result.before;
      return;
    }
    if (result.missing++ == 0) result.first_missing = row.archive;
    if (shard) run_again.insert(*shard);
  });
  result.run_again.assign(run_again.begin(), run_again.end());
  return result;
}

}  // namespace

Committed commit_plan(const fs::path& path, const fs::path& directory, const std::vector<fs::path>& shard_directories,
                      bool keep_going, const Log& log, const Disk& disk) {
  const PlanFile plan = open_plan(path, disk);
  const PlanHead head = PlanReader(plan).head().head;
  const auto before = sync::FolderState::read(directory, head.options.tracker_filename, disk);
  const OnPlanRow ignore = [](const PlanRow&) {};
  const oci::Digest digest = require_fit(plan, before, ignore);
  std::vector<fs::path> directories = shard_directories;
  for (const fs::path& named : directories)
    if (!disk.exists(named))
      throw Error(ErrorKind::usage, "no such folder: " + named.string())
          .hint("name the folders in which parts were carried out, as they are here");
  directories.push_back(directory);
  require_whole(before);
  const auto folders = folders_of_shards(directories, digest, disk);
  if (folders.empty()) {  // then nothing is written
    Committed result = without_shards(plan, head.shards, before);
    if (result.missing > 0) return result;
  }
  Shards shards(folders, log, disk);

  sync::Folder folder = sync::Folder::open(directory, head.options.tracker_filename, disk);
  for (const std::string& warning : folder.warnings()) log.warn(warning);
  require_fit(plan, folder, ignore);
  require_whole(folder);
  remember_unknown(folder, log);
  shards.read(folder, digest);
  const std::optional<unsigned> count = head.shards ? head.shards : shards.count();
  Join join(folder, shards, digest, keep_going);
  Assignment assignment(count);
  each_in_plan(plan, [&](const PlanRow& row) { join.add(row, assignment.next(row)); });
  Committed result = join.finish();
  if (result.missing > 0) return result;
  folder.remove_partial_archives();
  const fs::path done = shards_path(directory, digest);
  if (!disk.exists(done)) return result;
  const bool is_last = disk.list(done.parent_path()).size() == 1;
  disk.discard_folder(is_last ? done.parent_path() : done);
  if (!is_last)
    log.warn("what the parts of other plans made is still there: delete it if it is not needed any more",
             {{"folder", done.parent_path().string()}});
  return result;
}

}  // namespace acedt::serialize
