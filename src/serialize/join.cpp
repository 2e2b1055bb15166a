// The archives of the shards are moved into partial/ of the sync folder, and committed from there like those of a run.
// A crash can leave an archive in partial/, where the next call finds it.

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/base/file.hpp"
#include "acedt/engine/inventory.hpp"
#include "acedt/serialize/plan.hpp"
#include "acedt/sync/folder.hpp"
#include "serialize/plan_file.hpp"
#include "serialize/shard_folder.hpp"

namespace acedt::serialize {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_at_once = 256;  // archives of one commit; each has its file open

/// The folders of the shards of a plan. Holds their locks.
class Shards {
 public:
  /// Throws Error(locked) if one is being worked on; Error(usage) if a directory does not exist.
  Shards(const std::vector<fs::path>& directories, const oci::Digest& plan, const Disk& disk) {
    for (const fs::path& directory : directories) {
      if (!disk.exists(directory)) throw Error(ErrorKind::usage, directory.string() + ": there is no such folder");
      const fs::path below = shards_path(directory, plan);
      if (!disk.exists(below)) continue;
      for (const std::string& file : disk.list(below))
        if (const auto shard = shard_named(file)) add(*shard, below / file, disk);
    }
  }

  /// An archive that a shard has made.
  struct Made {
    const sync::Folder* folder;
    Bytes at;  ///< of its entry in the ledger there

    sync::LedgerEntry entry() const { return folder->entry_at(at); }
  };
  /// Returns the archive; null if no shard has made it.
  const Made* find(const std::string& archive) const {
    const auto found = made_.find(archive);
    return found == made_.end() ? nullptr : &found->second;
  }
  /// Returns the number of shards; unset if there are folders of none, or of several numbers.
  std::optional<unsigned> count() const { return counts_.size() == 1 ? std::optional(*counts_.begin()) : std::nullopt; }

 private:
  void add(const plan::Shard& shard, const fs::path& path, const Disk& disk) {
    const sync::Folder& folder = folders_.emplace_back(sync::Folder::open(path, shard_tracker, disk));
    counts_.insert(shard.count);
    folder.each_in_ledger([&](const sync::LedgerEntry& entry, Bytes at) {
      made_.insert_or_assign(entry.archive, Made{&folder, at});
    });
  }

  std::deque<sync::Folder> folders_;
  std::set<unsigned> counts_;
  std::map<std::string, Made> made_;
};

bool has_size(const fs::path& path, Bytes size, const Disk& disk) {
  const auto status = disk.status(path);
  return status && status->type == fs::file_type::regular && status->size == size;
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

/// Commits the rows of a plan, in its order, as far as their archives are there.
class Join {
 public:
  Join(sync::Folder& folder, const Shards& shards, bool keep_going)
      : folder_(folder), shards_(shards), keep_going_(keep_going) {}

  void add(const PlanRow& row, std::optional<plan::Shard> shard) {
    if (row.state == PlanRow::State::failed) result_.failed.push_back(row);
    if (row.state != PlanRow::State::todo) return;
    if (folder_.tracker().has(row.name, row.artifact)) {
      ++result_.before;
      return;
    }
    const Shards::Made* made = shards_.find(row.archive);
    std::optional<sync::LedgerEntry> entry = made == nullptr ? std::nullopt : std::optional(made->entry());
    if (!entry || !is_there(*made, *entry, row)) {
      miss(row, shard);
    } else if (is_stopped_ || needs_missing(*entry)) {
      pass_over(row);
      ++result_.waiting;
    } else {
      take(row, *made, *std::move(entry));
    }
  }

  Committed finish() {
    commit();
    result_.run_again.assign(run_again_.begin(), run_again_.end());
    return std::move(result_);
  }

 private:
  bool is_there(const Shards::Made& made, const sync::LedgerEntry& entry, const PlanRow& row) const {
    const Disk& disk = folder_.disk();
    if (!entry.origin || entry.origin->digest != row.digest) return false;
    return has_size(made.folder->archive_path(entry.archive), entry.file_size, disk) ||
           has_size(folder_.partial_path(entry.archive), entry.file_size, disk);
  }

  bool needs_missing(const sync::LedgerEntry& entry) const {
    return std::ranges::any_of(entry.origin->needs,
                               [&](const std::string& needed) { return passed_over_.contains(needed); });
  }

  void take(const PlanRow& row, const Shards::Made& made, sync::LedgerEntry entry) {
    const fs::path partial = folder_.partial_path(row.archive);
    if (!has_size(partial, entry.file_size, folder_.disk())) move(made.folder->archive_path(row.archive), partial);
    batch_.push_back({{row.archive, row.artifact, row.digest}, std::move(entry), row.archive});
    if (batch_.size() == max_at_once) commit();
  }

  void move(const fs::path& from, const fs::path& to) const {
    if (!folder_.disk().rename_within(from, to)) copy(from, to, folder_.disk());
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
  bool keep_going_;
  bool is_stopped_ = false;
  std::set<std::string> passed_over_;
  std::set<plan::Shard> run_again_;
  std::vector<sync::FinishedArchive> batch_;
  Committed result_;
};

/// Throws Error(usage) unless the folder is as it was when the plan was made, but for rows of the plan. Returns the
/// digest of the plan.
oci::Digest require_fit(const fs::path& plan, const FolderMark& mark, const sync::Folder& folder) {
  const std::string tracker = read_file(folder.tracker_path(), folder.disk());
  const std::size_t before = std::min<std::size_t>(mark.tracker.size.count, tracker.size());
  std::set<std::string> added;
  const auto rows = sync::Tracker::parse(std::string_view(tracker).substr(before), folder.tracker_path().string());
  for (const sync::TrackerRow& row : rows.rows()) added.insert(sync::tracker_line(row));
  const oci::Digest digest = each_in_plan(
      plan,
      [&](const PlanRow& row) {
        added.erase(sync::tracker_line({row.archive, row.artifact, row.digest}));
      },
      folder.disk());
  const bool is_changed = !added.empty() || !mark.fits(folder);
  if (is_changed || !folder.lost_archives().empty())
    throw Error(ErrorKind::usage, folder.directory().string() + ": the plan does not fit: " +
                                      (is_changed ? "tracker or ledger were changed since it was made"
                                                  : "archives of the folder are gone or damaged"))
        .hint("make a new plan; what the shards fetched for this one is in .ace-dt/shards");
  return digest;
}

/// Reads the archives that the ledger does not know, as a run does before it plans.
void remember_unknown(sync::Folder& folder, const Log& log) {
  std::vector<sync::LedgerEntry> entries;
  for (const std::string& archive : folder.unknown_archives())
    entries.push_back(engine::read_unknown(folder, archive, log));
  if (!entries.empty()) folder.remember(entries);
}

}  // namespace

Committed commit_plan(const fs::path& plan, const fs::path& directory, const std::vector<fs::path>& shard_directories,
                      bool keep_going, const Log& log, const Disk& disk) {
  const PlanText text = PlanReader(plan, disk).head();
  sync::Folder folder = sync::Folder::open(directory, text.head.options.tracker_filename, disk);
  const oci::Digest digest = require_fit(plan, text.mark, folder);
  std::vector<fs::path> directories = shard_directories;
  directories.push_back(directory);
  const Shards shards(directories, digest, disk);
  const std::optional<unsigned> count = text.head.shards ? text.head.shards : shards.count();
  remember_unknown(folder, log);

  Join join(folder, shards, keep_going);
  plan::Division division(count.value_or(1));
  each_in_plan(
      plan,
      [&](const PlanRow& row) {
        std::optional<plan::Shard> shard;
        if (row.state == PlanRow::State::todo && count) shard = plan::Shard{division.next(row.size), *count};
        join.add(row, shard);
      },
      disk);
  Committed result = join.finish();
  if (result.missing > 0) return result;
  folder.remove_partial_archives();
  const fs::path done = shards_path(directory, digest);
  if (!disk.exists(done)) return result;
  const bool is_last = disk.list(done.parent_path()).size() == 1;
  disk.discard_folder(is_last ? done.parent_path() : done);
  return result;
}

}  // namespace acedt::serialize
