// A commit is: sync the partial files, write the journal, rename each file to its final name, append to ledger and
// tracker, rename the journal away. Each step is on disk before the next one starts.
//
// After a crash, the journal tells how far the commit got. Archives are renamed in order, so it is enough to find the
// last one that has its final name: those before it have theirs, or were carried away since. They are recorded; the
// others stay partial, and the next run verifies them. Ledger and tracker are truncated to their sizes before the
// commit and appended to again, unless the user has edited the tracker meanwhile.

#include "acedt/sync/folder.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <map>
#include <optional>
#include <ranges>
#include <set>
#include <string>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/sync/archive_name.hpp"
#include "sync/folder_files.hpp"
#include "sync/journal.hpp"

namespace acedt::sync {
namespace {

namespace fs = std::filesystem;

/// An archive in the folder.
struct Present {
  Bytes size;
  std::optional<Bytes> entry = {};  ///< offset of its last ledger entry
  bool is_as_it_was = false;        ///< its size is the one in that entry
};

/// By number and name.
using Archives = std::map<std::pair<std::uint64_t, std::string>, Present>;

/// Returns the content of the file. Creates it if it is missing, and fails early if it cannot be written.
std::string text_of(const fs::path& path, const Disk& disk) {
  return File::open_or_create(path, disk).text();
}

/// Truncates the file to `at`, appends `text`, and waits until it is on disk. Creates the file if it is missing.
void put(const fs::path& path, Bytes at, std::string_view text, const Disk& disk) {
  const File file = File::open_or_create(path, disk);
  file.truncate(at);
  file.write_at(at, as_bytes(text));
  file.sync();
  const bool may_be_new = at == Bytes{};
  if (may_be_new) disk.sync_directory(path.parent_path());
}

Error taken(const fs::path& path) {
  Error error(ErrorKind::storage, path.string() + ": there is already a file of this name");
  error.hint("move it away and run the same command again");
  return error;
}

Error lost(const fs::path& partial, const fs::path& final_path) {
  Error error(ErrorKind::storage, final_path.string() + ": the finished archive is gone: somebody removed or cut " +
                                      partial.string() + " before it got its name");
  error.hint("keep cleaners and virus scanners out of .ace-dt; run the same command again, and it is made anew");
  return error;
}

/// Syncs the archives in `files`, all of them in partial/. Throws the first failure, after removing every file that
/// failed and its records: the kernel marks pages that it could not write as clean, so the next run would verify bytes
/// that are not on disk.
void sync_or_remove(std::span<const File> files, const Disk& disk) {
  std::exception_ptr first;
  const std::vector<std::exception_ptr> failures = sync_all(files);
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (!failures[i]) continue;
    if (!first) first = failures[i];
    for (const char* suffix : {".frames", ".written", ""}) disk.remove(fs::path(files[i].path()).concat(suffix));
  }
  if (first) std::rethrow_exception(first);
}

/// The same for the ledger at `path`. Creates it if it is missing.
Bytes read_ledger(const fs::path& path, const Disk& disk,
                  const std::function<void(const LedgerEntry&, Bytes at)>& use) {
  return sync::read_ledger(File::open_or_create(path, disk), use);
}

/// Removes from `gone`, the entries of archives that are not in the folder, the tracked ones, and returns them: these
/// archives were carried away. An archive that is not tracked was discarded, so nothing may count on its content.
std::vector<Bytes> take_carried_away(std::map<std::string, Bytes>& gone, const Tracker& tracker) {
  std::vector<Bytes> entries;
  if (gone.empty()) return entries;
  std::set<std::string_view> tracked;
  for (const TrackerRow& row : tracker.rows()) tracked.insert(row.sync_name);
  std::erase_if(gone, [&](const auto& archive) {
    const bool counts = tracked.contains(archive.first);
    if (counts) entries.push_back(archive.second);
    return counts;
  });
  return entries;
}

/// Changes the header of a ledger of version 1 to version 2: appended entries are of version 2.
void raise_version(const fs::path& path, const Disk& disk) {
  const File file = File::open_or_create(path, disk);
  std::string header(ledger_header.size(), '\0');
  file.read_at({}, std::as_writable_bytes(std::span(header)));
  if (header != ledger_header_1) return;
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
    warnings.push_back(directory.string() + ": the file system has no locks: see to it that only one run at a time " +
                       "works in this folder");
  if (state == File::Lock::held) {
    const std::string holder = lock.text();
    throw Error(ErrorKind::locked, directory.string() + ": another process is at work in this folder" +
                                       (holder.empty() ? "" : ": " + std::string(trim(holder))))
        .hint("wait until it is done, or use another folder");
  }
  lock.truncate({});
  lock.append(this_process() + '\n');
  return lock;
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
        .hint("make it, or give the name of a file in the sync folder itself");
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

bool has_size(const Disk& disk, const fs::path& path, Bytes size) {
  const auto status = disk.status(path);
  return status && status->type == fs::file_type::regular && status->size == size;
}

/// Returns how many archives of an interrupted commit got their final names. They get them in order, so an archive that
/// left partial/ counts only if it, or a later one, exists under its final name.
///
/// The others stay in partial/ for the next run, which verifies every byte that it reuses: they may have changed since
/// the crash.
std::size_t count_named(const Journal& journal, const Folder& folder) {
  const Disk& disk = folder.disk();
  const auto is_named = [&](const Journal::Archive& one) {
    return !disk.exists(folder.partial_path(one.partial)) &&
           has_size(disk, folder.archive_path(one.stored.archive), one.stored.file_size);
  };
  std::size_t named = journal.archives.size();
  while (named > 0 && !is_named(journal.archives[named - 1])) --named;
  return named;
}

/// Gives `archive` its final name. Returns the reason if it cannot have it. Throws Error(storage) if the name is taken:
/// the user can move that file away, and the commit continues.
std::optional<Error> give_final_name(const Journal::Archive& archive, const Folder& folder) {
  const Disk& disk = folder.disk();
  const auto& [stored, partial, replaces] = archive;
  const fs::path made = folder.partial_path(partial);
  const fs::path final_path = folder.archive_path(stored.archive);
  if (!has_size(disk, made, stored.file_size)) return lost(made, final_path);
  try {
    if (replaces) {
      disk.rename(made, final_path);
      return std::nullopt;
    }
    if (disk.rename_new(made, final_path)) return std::nullopt;
  } catch (Error& error) {
    error.hint("if the file system refuses the name, choose another in the list, or a folder elsewhere");
    return error;
  }
  throw taken(final_path);
}

/// Gives archives their final names, in order, up to the first that cannot have it; returns the reason. `journal` then
/// has only the archives that got their names, so that the next run does not try the others again. With
/// `some_have_names`, an archive that is not in partial/ has its name already.
std::optional<Error> give_final_names(Journal& journal, const Folder& folder, bool some_have_names) {
  std::optional<Error> failure;
  std::size_t named = 0;
  for (; named < journal.archives.size(); ++named) {
    if (some_have_names && !folder.disk().exists(folder.partial_path(journal.archives[named].partial))) continue;
    failure = give_final_name(journal.archives[named], folder);
    if (failure) break;
  }
  folder.disk().sync_directory(folder.directory());
  keep_first(journal, named);
  return failure;
}

/// Returns true if every file system accepts this name: it is short and has no special characters.
bool is_portable(std::string_view name) {
  constexpr std::size_t max_length = 100;
  constexpr std::string_view characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
  return name.size() <= max_length && name.find_first_not_of(characters) == std::string_view::npos;
}

/// Adjusts the ledger size in `journal` to the ledger that the crash left.
void fit_to_ledger(Journal& journal, const fs::path& path, const Disk& disk) {
  const Bytes whole = read_ledger(path, disk, [](const LedgerEntry&, Bytes) {});
  journal.ledger_size = std::min(journal.ledger_size, whole);
}

/// Adjusts the tracker size and rows in `journal` to the tracker that the crash left, or that the user has edited
/// since.
void fit_to_tracker(Journal& journal, const fs::path& path, const Disk& disk) {
  std::string text = text_of(path, disk);
  text.erase(text.find_last_not_of('\0') + 1);  // after a power failure, a file may end in zeros
  const std::size_t before = journal.tracker_size.count;
  const bool may_be_torn =
      text.size() >= before && tracker_lines(journal).starts_with(std::string_view(text).substr(before));
  if (may_be_torn) text.resize(before);

  const Tracker tracker = Tracker::parse(text, path.string());
  std::set<std::string_view> there;
  for (const TrackerRow& row : tracker.rows()) there.insert(row.sync_name);
  std::erase_if(journal.rows, [&there](const TrackerRow& row) { return there.contains(row.sync_name); });
  put(path, {text.size()}, tracker.preamble(), disk);
  journal.tracker_size = {text.size() + tracker.preamble().size()};
}

}  // namespace

Folder::Folder(File lock, fs::path directory, std::string tracker_filename, const Disk& disk)
    : lock_(std::move(lock)),
      directory_(std::move(directory)),
      tracker_filename_(std::move(tracker_filename)),
      disk_(&disk) {}

Folder Folder::open(const fs::path& directory, const std::string& tracker_filename, const Disk& disk) {
  if (!is_tracker_filename(tracker_filename))
    throw Error(ErrorKind::usage, "tracker " + in_quotes(tracker_filename) + " is no name of a file in the sync folder")
        .hint("give the name of a file there, or of one in a sub-folder: record-keeping.csv");
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

void Folder::load() {
  tracker_ = prepare_tracker();
  Archives archives;
  for (const auto& [key, size] : archive_files(directory_, *disk_)) archives.emplace(key, Present{size});
  std::map<std::string, Bytes> gone;  // offsets of their last entries
  std::uint64_t highest = 0;          // ever committed: the other side may have seen this number
  ledger_size_ = read_ledger(ledger_path(), *disk_, [&](const LedgerEntry& entry, Bytes at) {
    const auto name = ArchiveName::parse(entry.archive);
    if (!name) return;
    highest = std::max(highest, name->number);
    const auto found = archives.find({name->number, entry.archive});
    if (found == archives.end()) {
      gone[entry.archive] = at;
    } else {
      Present& archive = found->second;
      archive.entry = at;
      archive.is_as_it_was = entry.file_size == archive.size;
    }
  });
  if (ledger_size_ == Bytes{}) {
    put(ledger_path(), {}, ledger_header, *disk_);
    ledger_size_ = {ledger_header.size()};
  }

  if (!archives.empty()) highest = std::max(highest, archives.rbegin()->first.first);
  next_number_ = std::max(tracker_.highest(), highest) + 1;
  raise_version(ledger_path(), *disk_);
  ledger_ = take_carried_away(gone, tracker_);
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

void Folder::suspect(const std::string& archive) {
  std::optional<Bytes> last;
  read_ledger(ledger_path(), *disk_, [&](const LedgerEntry& entry, Bytes at) {
    if (entry.archive == archive && std::binary_search(ledger_.begin(), ledger_.end(), at)) last = at;
  });
  if (!last || !disk_->exists(archive_path(archive))) return;
  std::erase(ledger_, *last);
  suspects_[archive] = *last;
  unknown_.push_back(archive);
}

std::vector<LostArchive> Folder::lost_archives() const {
  if (suspects_.empty()) return {};
  std::map<std::pair<std::uint64_t, std::string>, LostArchive> lost;
  std::map<std::string, std::vector<std::string>> dependents;  // of suspects
  read_ledger(ledger_path(), *disk_, [&](const LedgerEntry& entry, Bytes at) {
    const auto suspect = suspects_.find(entry.archive);
    const bool is_suspect = suspect != suspects_.end() && suspect->second == at;
    if (is_suspect) lost[{ArchiveName::parse(entry.archive)->number, entry.archive}].entry = entry;
    const bool counts = is_suspect || std::binary_search(ledger_.begin(), ledger_.end(), at);
    if (!counts || !entry.origin) return;
    for (const std::string& needed : entry.origin->needs)
      if (suspects_.contains(needed)) dependents[needed].push_back(entry.archive);
  });
  const std::set<std::string_view> there(unknown_.begin(), unknown_.end());
  std::set<std::string_view> tracked;
  for (const TrackerRow& row : tracker_.rows()) tracked.insert(row.sync_name);

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

std::optional<Bytes> Folder::room() const {
  std::optional<Bytes> room = disk_->free_space(directory_);
  if (!room) return std::nullopt;
  for (const std::string& file : disk_->list(partial_path("")))
    if (const auto partial = disk_->status(partial_path(file))) *room += partial->space_taken;
  return room;
}

void Folder::remove_partial_archives() const {
  try {
    for (const std::string& file : disk_->list(partial_path(""))) disk_->discard(partial_path(file));
  } catch (const Error&) {
    // They stay: the next complete run removes them.
  }
}

void Folder::require_name(const std::string& archive) const {
  if (is_portable(archive)) return;
  try {
    File::create(partial_path(archive), *disk_);
    disk_->remove(partial_path(archive));
  } catch (Error& error) {
    error.add("the file system does not take the name " + in_quotes(archive));
    error.hint("choose a shorter or plainer name in the list, or a folder on another file system");
    throw;
  }
}

Tracker Folder::prepare_tracker() {
  const fs::path path = directory_ / tracker_filename_;
  const std::string text = text_of(path, *disk_);
  Tracker tracker = Tracker::parse(text, path.string());
  if (!tracker.preamble().empty()) put(path, {text.size()}, tracker.preamble(), *disk_);
  tracker_size_ = {text.size() + tracker.preamble().size()};
  return tracker;
}

fs::path Folder::ledger_path() const {
  return ledger_in(directory_);
}
fs::path Folder::journal_path() const {
  return directory_ / ".ace-dt" / "commit";
}
fs::path Folder::archive_path(std::string_view archive) const {
  return directory_ / archive;
}
fs::path Folder::partial_path(std::string_view file) const {
  return directory_ / ".ace-dt" / "partial" / file;
}

void Folder::each_in_ledger(const std::function<void(const LedgerEntry&)>& use) const {
  read_ledger(ledger_path(), *disk_, [&](const LedgerEntry& entry, Bytes at) {
    if (std::binary_search(ledger_.begin(), ledger_.end(), at)) use(entry);
  });
}

void Folder::remember(std::span<const LedgerEntry> entries) {
  finish_interrupted_commit();
  const File file = File::open_or_create(ledger_path(), *disk_);
  file.truncate(ledger_size_);
  Bytes end = ledger_size_;
  for (const LedgerEntry& entry : entries) {
    const std::string lines = ledger_lines(entry);
    file.write_at(end, as_bytes(lines));
    end += {lines.size()};
  }
  file.sync();
  ledger_size_ = end;
}

void Folder::commit(std::span<const FinishedArchive> archives) {
  finish_interrupted_commit();
  if (archives.empty()) return;
  const bool tracker_changed = File::open_or_create(directory_ / tracker_filename_, *disk_).size() != tracker_size_;
  if (tracker_changed) prepare_tracker();

  Journal journal{
      .ledger_size = ledger_size_, .tracker_size = tracker_size_, .tracker_filename = tracker_filename_, .rows = {}};
  std::uint64_t highest = 0;
  std::vector<File> files;  // all are being written before the first is waited for
  for (const auto& [row, stored, partial, replaces, is_tracked] : archives) {
    const auto name = ArchiveName::parse(row.sync_name);
    if (!name) throw Error(ErrorKind::bad_input, in_quotes(row.sync_name) + " is no name of an archive");
    const bool is_there = disk_->exists(archive_path(row.sync_name));
    if (is_there && !replaces) throw taken(archive_path(row.sync_name));
    std::optional<File> file = File::open_if_there(partial_path(partial), *disk_);
    if (!file || file->size() != stored.file_size) throw lost(partial_path(partial), archive_path(row.sync_name));
    files.push_back(*std::move(file));
    files.back().start_writing();
    journal.archives.push_back({stored, partial, is_there});
    if (!is_tracked) journal.rows.push_back(row);
    highest = std::max(highest, name->number);
  }
  sync_or_remove(files, *disk_);
  disk_->sync_directory(partial_path(""));  // the journal refers to these names
  replace_file(journal_path(), journal_text(journal), *disk_);
  next_number_ = std::max(next_number_, highest + 1);
  const auto failure = give_final_names(journal, *this, false);
  write_records(journal);
  if (failure) throw Error(*failure);
}

void Folder::finish_interrupted_commit() {
  const auto text = read_if_there(journal_path(), *disk_);
  if (!text) return;
  auto journal = parse_journal(*text, journal_path().string());
  if (!journal) {
    disk_->remove(journal_path());
    return;
  }
  // After a power cut an earlier rename may be lost and a later one not.
  keep_first(*journal, count_named(*journal, *this));
  give_final_names(*journal, *this, true);
  fit_to_ledger(*journal, ledger_path(), *disk_);
  fit_to_tracker(*journal, directory_ / journal->tracker_filename, *disk_);
  write_records(*journal);
}

void Folder::write_records(const Journal& journal) {
  const std::string rows = tracker_lines(journal);
  const bool is_new = journal.ledger_size == Bytes{};
  const std::string entries = std::string(is_new ? ledger_header : "") + ledger_lines(journal);
  put(ledger_path(), journal.ledger_size, entries, *disk_);
  put(directory_ / journal.tracker_filename, journal.tracker_size, rows, *disk_);
  // Renamed to where replace_file() writes the next journal, so that its inode is reused. Freeing it would be slow: for
  // each file that is created, ext4 looks at all the inodes that were freed in the last half minute.
  disk_->rename(journal_path(), beside(journal_path()));
  ledger_size_ = journal.ledger_size + Bytes{entries.size()};
  tracker_size_ = journal.tracker_size + Bytes{rows.size()};
}

}  // namespace acedt::sync
