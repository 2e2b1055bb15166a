// A shard is a run over some rows of a plan, in a sync folder of its own. So it is locked, committed and resumed like
// any run. Its archives have the names and numbers of the plan, and need archives that other shards make.

#include <algorithm>
#include <set>
#include <utility>

#include "acedt/async/runtime.hpp"
#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/engine/inputs.hpp"
#include "acedt/serialize/plan.hpp"
#include "acedt/sync/folder.hpp"
#include "serialize/passes.hpp"
#include "serialize/plan_file.hpp"
#include "serialize/shard_folder.hpp"

namespace acedt::serialize {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t plan_digits = 16;  // of a plan's digest, in the name of a folder
constexpr std::string_view between = "-of-";

/// Throws Error(usage) if `directory` is neither the folder that was planned for nor one without archives.
sync::FolderState read_folder(const fs::path& directory, const PlanText& plan, const Disk& disk) {
  auto folder = sync::FolderState::read(directory, plan.head.options.tracker_filename, disk);
  const bool is_new = folder.tracker().rows().empty() && folder.next_number() == 1;
  if (is_new || plan.mark.fits(folder)) return folder;
  throw Error(ErrorKind::usage,
              directory.string() + ": the plan does not fit: tracker or ledger are not those that it was made for")
      .hint("make a new plan, or carry it out in the folder that it was made for, or in an empty one");
}

/// The rows of a shard.
struct Share {
  std::vector<PlanRow> rows;
  oci::Digest plan;  ///< its digest
};

Share share_of(const fs::path& plan, const plan::Shard& shard, const Disk& disk) {
  plan::Division division(shard.count);
  std::vector<PlanRow> rows;
  const auto choose = [&](const PlanRow& row) {
    if (row.state == PlanRow::State::todo && division.next(row.size) == shard.index) rows.push_back(row);
  };
  const oci::Digest digest = each_in_plan(plan, choose, disk);
  return {std::move(rows), digest};
}

/// Returns the rows that neither the shard's folder nor the folder that was planned for has. A row whose archive was
/// removed from the shard's folder, or is damaged there, is to be made again.
std::vector<sync::BatchRow> rows_left(std::vector<PlanRow> rows, const sync::Folder& of_shard,
                                      const sync::FolderState& planned_for, report::Observer& observer) {
  std::set<std::string> made;
  of_shard.each_in_ledger([&](const sync::LedgerEntry& entry, Bytes) { made.insert(entry.archive); });
  std::vector<sync::BatchRow> left;
  std::vector<PlanRow> done;
  for (PlanRow& row : rows) {
    const bool is_tracked = of_shard.tracker().has(row.name, row.artifact);
    const bool is_there = of_shard.disk().exists(of_shard.archive_path(row.archive));
    if (planned_for.tracker().has(row.name, row.artifact) || (is_tracked && is_there && made.contains(row.archive))) {
      done.push_back(std::move(row));
      continue;
    }
    sync::BatchRow to_do{std::move(row.name), std::move(row.artifact), row.line};
    if (is_tracked || is_there) {
      sync::LostArchive again{.entry = {.archive = row.archive}, .is_there = is_there, .is_tracked = is_tracked};
      to_do.lost = std::make_shared<const sync::LostArchive>(std::move(again));
    }
    left.push_back(std::move(to_do));
  }
  report::tell(observer, report::RunStarted{left.size() + done.size(), done.size()});
  for (PlanRow& row : done)
    report::tell(observer, report::RowSkipped{std::move(row.name), std::move(row.artifact), std::move(row.archive),
                                              std::move(row.digest)});
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

report::RunFinished run_shard(const Options& options, const fs::path& plan, const plan::Shard& shard,
                              report::Observer& observer, const Log& log, const Disk& disk) {
  const PlanText text = PlanReader(plan, disk).head();
  if (const std::string& version = text.head.options.version; version != options.version)
    throw Error(ErrorKind::usage, plan.string() + " was made by ace-dt " + version + ", this is " + options.version)
        .hint("use the same version everywhere, or make the plan again");
  const sync::FolderState planned_for = read_folder(options.sync_directory, text, disk);
  const engine::Inputs inputs(options.engine, {options.compression, level_of(options), async::processors()});
  Share share = share_of(plan, shard, disk);
  Options own = options;
  own.engine.connections = inputs.files.connections;
  own.sync_directory = shard_path(options.sync_directory, share.plan, shard);
  sync::Folder folder = sync::Folder::open(own.sync_directory, shard_tracker, disk);
  for (const std::string& warning : folder.warnings()) report::tell(observer, report::Warning{warning});
  std::vector<sync::BatchRow> left = rows_left(share.rows, folder, planned_for, observer);
  require_room(left, share.rows, folder);
  return Passes(own, inputs, std::move(left), &plan, folder, observer, log).finish();
}

}  // namespace acedt::serialize
