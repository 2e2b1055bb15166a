// A commit is: sync the partial files, write the journal, rename each file to its final name, append to ledger and
// tracker, rename the journal away. Each step is on disk before the next one starts.
//
// After a crash, the journal tells how far the commit got. Archives are renamed in order, so it is enough to find the
// last one that has its final name: those before it have theirs, or were carried away since. They are recorded; the
// others stay partial, and the next run verifies them. Ledger and tracker are truncated to their sizes before the
// commit and appended to again, unless the user has edited the tracker meanwhile.
//
// An archive counts as renamed if its partial file is gone and the file with its final name has its size. A damaged
// archive that is to be replaced may have that size, too. So an empty file takes its place before the journal is
// written, and its parts are removed. The empty file stays: an archive that is gone but tracked counts as carried away,
// and would not be rebuilt.
//
// The parts of an archive are renamed one by one, the first one last. If that is interrupted, those that have their
// final names go back to partial/, unless a later archive has its name. An empty file in the place of the archive is
// removed after the last part has its name: until then, it says that the archive is to be rebuilt.

#include <algorithm>
#include <set>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/base/joined_file.hpp"
#include "acedt/base/text.hpp"
#include "acedt/sync/archive_name.hpp"
#include "acedt/sync/folder.hpp"
#include "sync/folder_files.hpp"
#include "sync/journal.hpp"

namespace acedt::sync {
namespace {

namespace fs = std::filesystem;

Error taken(const fs::path& path) {
  Error error(ErrorKind::storage, path.string() + ": a file of this name already exists");
  error.hint("move it away and run the same command again");
  return error;
}

Error lost(const fs::path& partial, const fs::path& final_path) {
  Error error(ErrorKind::storage, final_path.string() + ": the finished archive is gone: " + partial.string() +
                                      " was removed or truncated before it got its final name");
  error.hint(
      "keep clean-up jobs and virus scanners out of .ace-dt, and run the same command again: the archive is rebuilt");
  return error;
}

/// Opens a finished archive in partial/. Returns nullopt if it is not there, lacks a part, or has another size.
std::optional<JoinedFile> open_finished(const fs::path& path, Bytes size, const Disk& disk) {
  try {
    std::optional<JoinedFile> file = JoinedFile::open_if_there(path, disk);
    if (file && file->size() == size) return file;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) throw;
  }
  return std::nullopt;
}

/// Syncs the archives in `files`, all of them in partial/. Throws the first failure, after removing every file that
/// failed and its records: the kernel marks pages that it could not write as clean, so the next run would verify bytes
/// that are not on disk.
void sync_or_remove(std::span<const JoinedFile> files, const Disk& disk) {
  std::exception_ptr first;
  const std::vector<std::exception_ptr> failures = sync_all(files);
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (!failures[i]) continue;
    if (!first) first = failures[i];
    for (const char* suffix : {".frames", ".written", ""}) disk.remove(fs::path(files[i].path()).concat(suffix));
    if (files[i].parts() > 0) remove_parts(disk, files[i].path());
  }
  if (first) std::rethrow_exception(first);
}

/// Returns the paths of the files of `archive`, in the order in which they get their names. `path` is the one without
/// the numbers of parts.
std::vector<fs::path> files_of(const Journal::Archive& archive, const fs::path& path) {
  if (archive.parts == 0) return {path};
  std::vector<fs::path> files;
  for (unsigned number = 2; number <= archive.parts; ++number) files.push_back(part_path(path, number));
  files.push_back(part_path(path, 1));
  return files;
}

std::vector<fs::path> partial_files_of(const Journal::Archive& archive, const Folder& folder) {
  return files_of(archive, folder.partial_path(archive.partial));
}

std::vector<fs::path> final_files_of(const Journal::Archive& archive, const Folder& folder) {
  return files_of(archive, folder.archive_path(archive.stored.archive));
}

/// Returns whether all files of `archive` have their final names, and its size together.
bool is_named(const Journal::Archive& archive, const Folder& folder) {
  const Disk& disk = folder.disk();
  for (const fs::path& partial : partial_files_of(archive, folder))
    if (disk.exists(partial)) return false;
  Bytes size;
  for (const fs::path& final_path : final_files_of(archive, folder)) {
    const auto status = disk.status(final_path);
    if (!status || status->type != fs::file_type::regular) return false;
    size += status->size;
  }
  return size == archive.stored.file_size;
}

/// Returns how many archives of an interrupted commit got their final names. They get them in order, so an archive that
/// left partial/ counts only if it, or a later one, exists under its final name.
///
/// The others stay in partial/ for the next run, which verifies every byte that it reuses: they may have changed since
/// the crash.
std::size_t count_named(const Journal& journal, const Folder& folder) {
  std::size_t named = journal.archives.size();
  while (named > 0 && !is_named(journal.archives[named - 1], folder)) --named;
  return named;
}

/// Moves the parts of `archive` that have their final names back to partial/.
void take_back(const Journal::Archive& archive, const Folder& folder) {
  if (archive.parts == 0) return;
  const Disk& disk = folder.disk();
  const std::vector<fs::path> made = partial_files_of(archive, folder);
  const std::vector<fs::path> named = final_files_of(archive, folder);
  for (std::size_t i = 0; i < named.size(); ++i)
    if (disk.exists(named[i]) && !disk.exists(made[i])) disk.rename(named[i], made[i]);
  disk.sync_directory(folder.partial_path(""));
}

/// Renames `made` to `final_path`. Returns false if that name is taken.
bool rename_to_final(const fs::path& made, const fs::path& final_path, bool replaces, const Disk& disk) {
  if (!replaces) return disk.rename_new(made, final_path);
  disk.rename(made, final_path);
  return true;
}

/// Gives `archive` its final name. Returns the reason if it cannot have it. Throws Error(storage) if the name is taken:
/// the user can move that file away, and the commit continues.
std::optional<Error> give_final_name(const Journal::Archive& archive, const Folder& folder) {
  const Disk& disk = folder.disk();
  const auto& [stored, partial, replaces, parts] = archive;
  const fs::path final_path = folder.archive_path(stored.archive);
  if (size_of(disk, folder.partial_path(partial)) != stored.file_size)
    return lost(folder.partial_path(partial), final_path);
  const std::vector<fs::path> made = partial_files_of(archive, folder);
  const std::vector<fs::path> named = final_files_of(archive, folder);
  std::size_t next = 0;
  try {
    while (next < made.size() && rename_to_final(made[next], named[next], replaces && parts == 0, disk)) ++next;
    const bool has_empty_file = replaces && parts > 0 && next == made.size();
    if (has_empty_file) disk.remove(final_path);
  } catch (const Error& error) {
    take_back(archive, folder);
    return Error(error.kind(), error.what())
        .hint("if the file system rejects the name, choose another in the list, or a folder on another file system");
  }
  if (next < made.size()) throw taken(named[next]);
  return std::nullopt;
}

/// The same after a crash. An archive that left partial/ has its name already. A power cut may have undone the renaming
/// of some parts.
std::optional<Error> give_final_name_again(const Journal::Archive& archive, const Folder& folder) {
  const Disk& disk = folder.disk();
  const auto exists = [&](const fs::path& path) { return disk.exists(path); };
  if (std::ranges::any_of(partial_files_of(archive, folder), exists)) {
    take_back(archive, folder);
    return give_final_name(archive, folder);
  }
  const bool may_have_empty_file = archive.replaces && archive.parts > 0;
  if (may_have_empty_file) disk.remove(folder.archive_path(archive.stored.archive));
  return std::nullopt;
}

using GiveName = std::optional<Error> (*)(const Journal::Archive&, const Folder&);

/// Calls `give` for each archive, in order, up to the first that cannot have its name; returns the reason. `journal`
/// then has only the archives that got their names, so that the next run does not try the others again.
std::optional<Error> give_final_names(Journal& journal, const Folder& folder, GiveName give) {
  std::optional<Error> failure;
  std::size_t named = 0;
  while (named < journal.archives.size() && !failure) {
    failure = give(journal.archives[named], folder);
    if (!failure) ++named;
  }
  folder.disk().sync_directory(folder.directory());
  keep_first(journal, named);
  return failure;
}

/// Replaces a damaged archive by an empty file, and removes its parts. See the top of this file.
void empty(const fs::path& damaged, const Folder& folder) {
  const File fresh = File::create(folder.partial_path("empty"), folder.disk());
  fresh.sync();
  folder.disk().rename(fresh.path(), damaged);
  folder.disk().sync_directory(folder.directory());  // before its parts are gone: then it would count as carried away
  remove_parts(folder.disk(), damaged);
  folder.disk().sync_directory(folder.directory());
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
  const std::set<std::string_view> there = tracker.sync_names();
  std::erase_if(journal.rows, [&there](const TrackerRow& row) { return there.contains(row.sync_name); });
  put(path, {text.size()}, tracker.preamble(), disk);
  journal.tracker_size = {text.size() + tracker.preamble().size()};
}

}  // namespace

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
  const File tracker = File::open_or_create(tracker_path(), *disk_);
  const bool tracker_changed = tracker.size() != tracker_size_;
  if (tracker_changed) {
    const std::string text = tracker.text();
    complete_tracker(Tracker::parse(text, tracker_path().string()), {text.size()});
  }

  Journal journal{
      .ledger_size = ledger_size_, .tracker_size = tracker_size_, .tracker_filename = tracker_filename_, .rows = {}};
  std::uint64_t highest = 0;
  std::vector<JoinedFile> files;  // all are being written before the first is waited for
  for (const auto& [row, stored, partial, replaces, is_tracked] : archives) {
    const auto name = ArchiveName::parse(row.sync_name);
    if (!name) throw Error(ErrorKind::bad_input, in_quotes(row.sync_name) + " is not the name of an archive");
    if (!replaces && is_there(*disk_, archive_path(row.sync_name))) throw taken(archive_path(row.sync_name));
    std::optional<JoinedFile> file = open_finished(partial_path(partial), stored.file_size, *disk_);
    if (!file) throw lost(partial_path(partial), archive_path(row.sync_name));
    files.push_back(*std::move(file));
    files.back().start_writing();
    journal.archives.push_back({stored, partial, replaces, files.back().parts()});
    if (!is_tracked) journal.rows.push_back(row);
    highest = std::max(highest, name->number);
  }
  sync_or_remove(files, *disk_);
  disk_->sync_directory(partial_path(""));  // the journal refers to these names
  for (const Journal::Archive& archive : journal.archives)
    if (archive.replaces) empty(archive_path(archive.stored.archive), *this);
  replace_file(journal_path(), journal_text(journal), *disk_);
  next_number_ = std::max(next_number_, highest + 1);
  const auto failure = give_final_names(journal, *this, give_final_name);
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
  const std::size_t named = count_named(*journal, *this);
  for (std::size_t i = named; i < journal->archives.size(); ++i) take_back(journal->archives[i], *this);
  keep_first(*journal, named);
  give_final_names(*journal, *this, give_final_name_again);
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
