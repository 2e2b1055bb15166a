// A shard is a run over some rows of a plan, in a sync folder of its own. So it is locked, committed and resumed like
// any run. Its archives have the names and numbers of the plan, and need archives that other shards make.

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "acedt/async/runtime.hpp"
#include "acedt/base/error.hpp"
#include "acedt/base/joined_file.hpp"
#include "acedt/base/text.hpp"
#include "acedt/engine/inputs.hpp"
#include "acedt/serialize/plan.hpp"
#include "acedt/sync/files.hpp"
#include "acedt/sync/folder.hpp"
#include "serialize/passes.hpp"
#include "serialize/plan_file.hpp"
#include "serialize/shard_folder.hpp"

namespace acedt::serialize {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t plan_digits = 16;  // of a plan's digest, in the name of a folder
constexpr std::string_view between = "-of-";

/// Reads the plan, and calls `on_row` with each row. Returns its digest. Throws Error(usage) if `folder` is neither the
/// one that was planned for nor one without archives.
oci::Digest each_if_usable(const PlanFile& plan, const sync::FolderState& folder, const OnPlanRow& on_row) {
  folder.require_settled();
  const bool is_new = folder.tracker().rows().empty() && folder.next_number() == 1;
  return is_new ? each_in_plan(plan, on_row) : require_fit(plan, folder, on_row);
}

/// Returns the rows that neither the shard's folder nor the folder that was planned for has. A row whose archive was
/// removed from the shard's folder, or is damaged there, is to be made again, unless a commit has taken it.
std::vector<sync::BatchRow> rows_left(const std::vector<PlanRow>& rows, const oci::Digest& plan,
                                      const sync::Folder& of_shard, const sync::FolderState& planned_for,
                                      report::Observer& observer) {
  const Disk& disk = of_shard.disk();
  std::map<std::string, Bytes> made;  // sizes
  of_shard.each_in_ledger(
      [&](const sync::LedgerEntry& entry, Bytes) { made.insert_or_assign(entry.archive, entry.file_size); });
  const auto is_made = [&](const std::string& archive) {
    const auto found = made.find(archive);
    return found != made.end() &&
           (size_of(disk, of_shard.archive_path(archive)) == found->second ||
            size_of(disk, planned_for.partial_path(joined_partial(plan, archive))) == found->second);
  };
  const std::set<std::string_view> tracked = of_shard.tracker().sync_names();
  const std::set<std::string_view> committed = planned_for.tracker().sync_names();
  std::set<std::string> there;  // also if only some parts are
  for (sync::ListedFile& file : sync::files_in(of_shard.directory(), disk)) there.insert(std::move(file.name));
  std::vector<sync::BatchRow> left;
  std::vector<report::RowSkipped> done;
  for (const PlanRow& row : rows) {
    const bool is_tracked = tracked.contains(row.archive);
    if (committed.contains(row.archive) || (is_tracked && is_made(row.archive))) {
      done.push_back({row.name, row.artifact, row.archive, row.digest});
      continue;
    }
    sync::BatchRow to_do{row.name, row.artifact, row.line};
    const bool is_there = there.contains(row.archive);
    if (is_tracked || is_there) {
      sync::LostArchive again{.entry = {.archive = row.archive}, .is_there = is_there, .is_tracked = is_tracked};
      to_do.lost = std::make_shared<const sync::LostArchive>(std::move(again));
    }
    left.push_back(std::move(to_do));
  }
  report::tell(observer, report::RunStarted{left.size() + done.size(), done.size()});
  for (report::RowSkipped& row : done) report::tell(observer, std::move(row));
  return left;
}

void require_room(const std::vector<sync::BatchRow>& left, const std::vector<PlanRow>& rows,
                  const sync::Folder& folder) {
  Bytes needed;
  auto row = rows.begin();
  for (const sync::BatchRow& one : left) {
    row = std::find_if(row, rows.end(), [&](const PlanRow& candidate) { return candidate.line == one.line; });
    needed += row->size;
  }
  const auto room = folder.room();
  if (!room || needed <= *room) return;
  throw Error(ErrorKind::no_space, folder.directory().string() + ": " + human(needed) + " is needed for " +
                                       std::to_string(left.size()) + " archives, but only " + human(*room) + " is free")
      .hint("free some space, or use a folder on another disk; no blob has been fetched yet");
}

}  // namespace

fs::path shards_path(const fs::path& directory, const oci::Digest& plan) {
  return directory / ".ace-dt" / "shards" / plan.hex().substr(0, plan_digits);
}

fs::path shard_path(const fs::path& directory, const oci::Digest& plan, const plan::Shard& shard) {
  return shards_path(directory, plan) /
         (std::to_string(shard.index).append(between).append(std::to_string(shard.count)));
}

std::string joined_partial(const oci::Digest& plan, const std::string& archive) {
  return plan.hex().substr(0, plan_digits) + '-' + archive;
}

std::optional<plan::Shard> shard_named(const std::string& file) {
  std::string text = file;
  const std::size_t at = text.find(between);
  if (at == text.npos) return std::nullopt;
  try {
    return plan::parse_shard(text.replace(at, between.size(), "/"));
  } catch (const Error&) {
    return std::nullopt;
  }
}

report::RunFinished run_shard(const Options& options, const fs::path& path, const plan::Shard& shard,
                              report::Observer& observer, const Log& log, const Disk& disk) {
  const PlanFile plan = open_plan(path, disk);
  const Options of_plan = PlanReader(plan).head().head.options;
  if (of_plan.version != options.version)
    throw Error(ErrorKind::usage,
                path.string() + " was made by ace-dt " + of_plan.version + ", this is " + options.version)
        .hint("use the same version everywhere, or make the plan again");
  const auto planned_for = sync::FolderState::read(options.sync_directory, of_plan.tracker_filename, disk);
  std::vector<PlanRow> share;
  plan::Division division(shard.count);
  const oci::Digest digest = each_if_usable(plan, planned_for, [&](const PlanRow& row) {
    if (row.state == PlanRow::State::todo && division.next(row.size) == shard.index) share.push_back(row);
  });
  const engine::Inputs inputs(options.engine, {options.compression, level_of(options), async::processors()});
  Options own = options;
  own.engine.connections = inputs.files.connections;
  own.sync_directory = shard_path(options.sync_directory, digest, shard);
  sync::Folder folder = sync::Folder::open(own.sync_directory, shard_tracker, disk);
  for (const std::string& warning : folder.warnings()) report::tell(observer, report::Warning{warning});
  std::vector<sync::BatchRow> left = rows_left(share, digest, folder, planned_for, observer);
  for (const PlanRow& row : share) folder.require_name(row.archive, options.split);
  require_room(left, share, folder);
  return Passes(own, inputs, std::move(left), plan, folder, observer, log).finish();
}

}  // namespace acedt::serialize
