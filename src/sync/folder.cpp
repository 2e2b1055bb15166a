// Opening a sync folder, and queries about its archives. Three sources are compared: the files, the ledger and the
// tracker. An archive counts if its file has the size in the ledger, or if it is gone but tracked: then it was carried
// away. Only offsets of ledger entries are kept in memory, as a ledger may have millions of lines. Commits are in
// folder_commit.cpp.

#include "acedt/sync/folder.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <ranges>
#include <set>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/base/joined_file.hpp"
#include "acedt/base/text.hpp"
#include "acedt/sync/archive_name.hpp"
#include "sync/folder_files.hpp"
#include "sync/journal.hpp"

namespace acedt::sync {
namespace {

namespace fs = std::filesystem;

/// An archive in the folder.
struct Present {
  ArchiveFile file;
  std::optional<Bytes> entry = {};  ///< offset of its last ledger entry
  bool is_as_it_was = false;        ///< its size is the one in that entry, and no part is missing
};

/// The archives in the folder, by number and name.
using Archives = std::map<std::pair<std::uint64_t, std::string>, Present>;

/// Throws Error(storage) if an archive is there twice: as a file, and in parts.
void require_no_conflict(const Archives& archives, const fs::path& directory) {
  for (const auto& [name, archive] : archives)
    if (!archive.file.conflict.empty())
      throw Error(ErrorKind::storage, (directory / archive.file.conflict).string())
          .hint("move one of them away, the file or all of its parts");
}

/// Removes the entries of tracked archives from `gone`, the entries of archives that are not in the folder, and returns
/// them: these archives were carried away. An archive that is not tracked was discarded, so its content no longer
/// counts.
std::vector<Bytes> take_carried_away(std::map<std::string, Bytes>& gone, const Tracker& tracker) {
  std::vector<Bytes> entries;
  if (gone.empty()) return entries;
  const std::set<std::string_view> tracked = tracker.sync_names();
  std::erase_if(gone, [&](const auto& archive) {
    const bool counts = tracked.contains(archive.first);
    if (counts) entries.push_back(archive.second);
    return counts;
  });
  return entries;
}

/// Changes the header of a ledger of an earlier version to this one: appended entries are of this one.
void raise_version(const fs::path& path, const Disk& disk) {
  const File file = File::open_or_create(path, disk);
  std::string header(ledger_header.size(), '\0');
  file.read_at({}, std::as_writable_bytes(std::span(header)));
  if (header != ledger_header_1 && header != ledger_header_2) return;
  file.write_at({}, as_bytes(ledger_header));
  file.sync();
}

/// Returns "process 4711 on HOST" for this process.
std::string this_process() {
  std::array<char, HOST_NAME_MAX + 1> host{};
  ::gethostname(host.data(), host.size() - 1);
  return "process " + std::to_string(::getpid()) + " on " + host.data();
}

/// Takes the lock of the folder. The kernel holds it, and releases it when the process ends; the text in the file is
/// only for the message to other processes. Throws Error(locked).
File take_lock(const fs::path& directory, const Disk& disk, std::vector<std::string>& warnings) {
  File lock = File::open_or_create(directory / ".ace-dt" / "lock", disk);
  const File::Lock state = lock.try_lock();
  if (state == File::Lock::unavailable)
    warnings.push_back(directory.string() +
                       ": the file system does not support locks: make sure that only one run at a time " +
                       "uses this folder");
  if (state == File::Lock::held) {
    const std::string holder = lock.text();
    throw Error(ErrorKind::locked, directory.string() + ": another process is using this folder" +
                                       (holder.empty() ? "" : ": " + std::string(trim(holder))))
        .hint("wait until it is done, or use another folder");
  }
  lock.truncate({});
  lock.append(this_process() + '\n');
  return lock;
}

void require_tracker_filename(const std::string& tracker_filename) {
  if (is_tracker_filename(tracker_filename)) return;
  throw Error(ErrorKind::usage,
              "tracker " + in_quotes(tracker_filename) + " is not the name of a file in the sync folder")
      .hint("name a file in it or in a sub-folder, such as record-keeping.csv");
}

/// Throws Error(usage) if the folder of the tracker does not exist, or leads out of `directory` by a symbolic link.
void require_folder_of(const fs::path& tracker_filename, const fs::path& directory, const Disk& disk) {
  fs::path folder = directory;
  for (const fs::path& part : tracker_filename.parent_path()) {
    folder /= part;
    const auto status = disk.status(folder);
    if (status && status->type == fs::file_type::directory) continue;
    throw Error(ErrorKind::usage,
                "tracker " + in_quotes(tracker_filename.string()) + ": there is no folder " + folder.string())
        .hint("create it, or name a file in the sync folder itself");
  }
}

/// Throws Error(storage) if a directory of ours is a symbolic link: someone may have planted it to redirect our writes.
void refuse_links(const fs::path& directory, const Disk& disk) {
  for (const fs::path& own : {directory / ".ace-dt", directory / ".ace-dt" / "partial"}) {
    const auto status = disk.status(own);
    if (!status || status->type != fs::file_type::symlink) continue;
    throw Error(ErrorKind::storage, own.string() + ": is a symbolic link, which is not followed")
        .hint("remove the link; put the sync folder itself where there is room");
  }
}

/// Returns true if every file system accepts this name: it is short and has no special characters.
bool is_portable(std::string_view name) {
  constexpr std::size_t max_length = 100;
  constexpr std::string_view characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
  return name.size() <= max_length && name.find_first_not_of(characters) == std::string_view::npos;
}

}  // namespace

FolderState::FolderState(fs::path directory, std::string tracker_filename, const Disk& disk)
    : directory_(std::move(directory)), tracker_filename_(std::move(tracker_filename)), disk_(&disk) {}

Folder::Folder(File lock, fs::path directory, std::string tracker_filename, const Disk& disk)
    : FolderState(std::move(directory), std::move(tracker_filename), disk), lock_(std::move(lock)) {}

FolderState FolderState::read(const fs::path& directory, const std::string& tracker_filename, const Disk& disk) {
  require_tracker_filename(tracker_filename);
  FolderState state(directory, tracker_filename, disk);
  if (disk.exists(directory)) state.load();
  return state;
}

Folder Folder::open(const fs::path& directory, const std::string& tracker_filename, const Disk& disk) {
  require_tracker_filename(tracker_filename);
  refuse_links(directory, disk);
  disk.make_directory(directory / ".ace-dt" / "partial");
  std::vector<std::string> warnings;
  File lock = take_lock(directory, disk, warnings);
  Folder folder(std::move(lock), directory, tracker_filename, disk);
  require_folder_of(tracker_filename, directory, disk);
  const bool is_passed_over = tracker_filename.ends_with(".csv") || tracker_filename.find('/') != std::string::npos;
  if (!is_passed_over)
    warnings.push_back("the reference's batch-deserialize will stop at the tracker " + tracker_filename +
                       ": give it a name that ends in .csv");
  folder.warnings_ = std::move(warnings);
  folder.finish_interrupted_commit();
  folder.load();
  return folder;
}

void FolderState::load() {
  const std::string text = read_if_there(tracker_path(), *disk_).value_or("");
  tracker_ = Tracker::parse(text, tracker_path().string());
  tracker_size_ = {text.size()};
  Archives archives;
  for (auto& [key, file] : archive_files(directory_, *disk_)) archives.emplace(key, Present{std::move(file)});
  require_no_conflict(archives, directory_);
  std::map<std::string, Bytes> gone;  // offsets of their last entries
  std::uint64_t highest = 0;          // ever committed: the other side may have seen this number
  platforms_.clear();
  const auto note = [&](const LedgerEntry& entry, Bytes at) {
    const auto name = ArchiveName::parse(entry.archive);
    if (!name) return;
    highest = std::max(highest, name->number);
    platforms_.erase(entry.archive);
    if (entry.origin && !entry.origin->platforms.empty()) platforms_[entry.archive] = entry.origin->platforms;
    const auto found = archives.find({name->number, entry.archive});
    if (found == archives.end()) {
      gone[entry.archive] = at;
    } else {
      Present& archive = found->second;
      archive.entry = at;
      archive.is_as_it_was = entry.file_size == archive.file.size && archive.file.problems.empty();
    }
  };
  const auto ledger = File::open_if_there(ledger_path(), *disk_);
  ledger_size_ = ledger ? read_ledger(*ledger, note) : Bytes{};

  if (!archives.empty()) highest = std::max(highest, archives.rbegin()->first.first);
  next_number_ = std::max(tracker_.highest(), highest) + 1;
  ledger_ = take_carried_away(gone, tracker_);
  const std::size_t heard_of = archives.size() + ledger_.size();
  forgotten_ = tracker_.rows().size() - std::min(heard_of, tracker_.rows().size());
  suspects_ = std::move(gone);
  unknown_.clear();
  for (const auto& [archive, file] : archives) {
    if (file.is_as_it_was) {
      ledger_.push_back(*file.entry);
      continue;
    }
    unknown_.push_back(archive.second);
    if (file.entry) suspects_[archive.second] = *file.entry;
  }
  std::ranges::sort(ledger_);
}

void Folder::load() {
  FolderState::load();
  complete_tracker(tracker_, tracker_size_);
  if (ledger_size_ == Bytes{}) {
    put(ledger_path(), {}, ledger_header, *disk_);
    ledger_size_ = {ledger_header.size()};
  }
  raise_version(ledger_path(), *disk_);
}

void FolderState::suspect(const std::string& archive) {
  if (ledger_.empty()) return;
  std::optional<Bytes> last;
  read_ledger(File::open(ledger_path(), *disk_), [&](const LedgerEntry& entry, Bytes at) {
    if (entry.archive == archive && std::binary_search(ledger_.begin(), ledger_.end(), at)) last = at;
  });
  if (!last || !is_there(*disk_, archive_path(archive))) return;
  std::erase(ledger_, *last);
  suspects_[archive] = *last;
  unknown_.push_back(archive);
}

std::string FolderState::platforms_of(const std::string& archive) const {
  const auto found = platforms_.find(archive);
  return found == platforms_.end() ? "" : found->second;
}

void FolderState::require_settled() const {
  if (!disk_->exists(journal_path())) return;
  throw Error(ErrorKind::locked, directory_.string() + ": a commit is under way, or was interrupted")
      .hint("wait for the run that uses the folder; if there is none, start it again: it completes the commit");
}

std::vector<LostArchive> FolderState::lost_archives() const {
  if (suspects_.empty()) return {};
  std::map<std::pair<std::uint64_t, std::string>, LostArchive> lost;
  std::map<std::string, std::vector<std::string>> dependents;  // of suspects
  read_ledger(File::open(ledger_path(), *disk_), [&](const LedgerEntry& entry, Bytes at) {
    const auto suspect = suspects_.find(entry.archive);
    const bool is_suspect = suspect != suspects_.end() && suspect->second == at;
    if (is_suspect) lost[{ArchiveName::parse(entry.archive)->number, entry.archive}].entry = entry;
    const bool counts = is_suspect || std::binary_search(ledger_.begin(), ledger_.end(), at);
    if (!counts || !entry.origin) return;
    for (const std::string& needed : entry.origin->needs)
      if (suspects_.contains(needed)) dependents[needed].push_back(entry.archive);
  });
  const std::set<std::string_view> there(unknown_.begin(), unknown_.end());
  const std::set<std::string_view> tracked = tracker_.sync_names();

  std::vector<LostArchive> in_order;
  std::set<std::string> thrown_away;
  for (auto& [name, archive] : std::views::reverse(lost)) {  // archives that need one have higher numbers
    archive.is_there = there.contains(name.second);
    archive.is_tracked = tracked.contains(name.second);
    for (const std::string& dependent : dependents[name.second])
      if (!thrown_away.contains(dependent)) archive.needed_by.push_back(dependent);
    if (archive.is_tracked || !archive.needed_by.empty()) {
      in_order.push_back(std::move(archive));
    } else {
      thrown_away.insert(name.second);
    }
  }
  std::ranges::reverse(in_order);
  return in_order;
}

std::optional<Bytes> FolderState::room() const {
  fs::path there = directory_;
  while (!disk_->exists(there) && there.has_parent_path()) there = there.parent_path();
  std::optional<Bytes> room = disk_->free_space(there.empty() ? "." : there);
  if (room) *room += partial_size();
  return room;
}

Bytes FolderState::partial_size() const {
  Bytes size;
  if (!disk_->exists(partial_path(""))) return size;
  for (const std::string& file : disk_->list(partial_path("")))
    if (const auto partial = disk_->status(partial_path(file))) size += partial->space_taken;
  return size;
}

void Folder::remove_partial_archives() const {
  try {
    for (const std::string& file : disk_->list(partial_path(""))) disk_->discard(partial_path(file));
  } catch (const Error&) {
    // They stay: the next complete run removes them.
  }
}

void Folder::require_name(const std::string& archive, std::optional<Bytes> part_size) const {
  if (is_portable(archive)) return;
  const std::string name = part_size ? part_path(archive, 1).string() : archive;
  try {
    File::create(partial_path(name), *disk_);
    disk_->remove(partial_path(name));
  } catch (const Error& error) {
    throw Error(error.kind(), "the file system rejects the name " + in_quotes(name) + ": " + error.what())
        .hint("choose a shorter or plainer name in the list, or a folder on another file system");
  }
}

/// Adds what `tracker`, a file of `size`, lacks before new rows. Fails early if the file cannot be written.
void Folder::complete_tracker(const Tracker& tracker, Bytes size) {
  File::open_or_create(tracker_path(), *disk_);
  if (!tracker.preamble().empty()) put(tracker_path(), size, tracker.preamble(), *disk_);
  tracker_size_ = size + Bytes{tracker.preamble().size()};
}

fs::path FolderState::ledger_path() const {
  return ledger_in(directory_);
}
fs::path FolderState::journal_path() const {
  return directory_ / ".ace-dt" / "commit";
}
fs::path FolderState::archive_path(std::string_view archive) const {
  return directory_ / archive;
}
fs::path FolderState::partial_path(std::string_view file) const {
  return directory_ / ".ace-dt" / "partial" / file;
}

void FolderState::each_in_ledger(const std::function<void(const LedgerEntry&, Bytes at)>& use) const {
  if (ledger_.empty()) return;
  read_ledger(File::open(ledger_path(), *disk_), [&](const LedgerEntry& entry, Bytes at) {
    if (std::binary_search(ledger_.begin(), ledger_.end(), at)) use(entry, at);
  });
}

LedgerEntry FolderState::entry_at(Bytes at) const {
  const File file = File::open(ledger_path(), *disk_);
  LedgerParser parser(file.path().string());
  parser.feed(ledger_header);
  std::string piece(64 << 10, '\0');
  for (;;) {
    if (auto entry = parser.next()) return *std::move(entry);
    const std::size_t n = file.read_at(at, std::as_writable_bytes(std::span(piece)));
    if (n == 0)
      throw Error(ErrorKind::storage, "another program has changed " + file.path().string() + " meanwhile")
          .hint("make sure that only one run at a time uses the folder, and run the same command again");
    parser.feed(std::string_view(piece).substr(0, n));
    at += {n};
  }
}

}  // namespace acedt::sync
