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
// written. It is not removed: an archive that is gone but tracked counts as carried away, and would not be rebuilt.

#include <algorithm>
#include <set>
#include <utility>

#include "acedt/base/error.hpp"
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
  } catch (const Error& error) {
    return Error(error.kind(), error.what())
        .hint("if the file system rejects the name, choose another in the list, or a folder on another file system");
  }
  throw taken(final_path);
}

/// The same after a crash. An archive that left partial/ has its name already.
std::optional<Error> give_final_name_again(const Journal::Archive& archive, const Folder& folder) {
  if (!folder.disk().exists(folder.partial_path(archive.partial))) return std::nullopt;
  return give_final_name(archive, folder);
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

/// Replaces a damaged archive by an empty file. See the top of this file.
void empty(const fs::path& damaged, const Folder& folder) {
  const File fresh = File::create(folder.partial_path("empty"), folder.disk());
  fresh.sync();
  folder.disk().rename(fresh.path(), damaged);
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

bool has_size(const Disk& disk, const fs::path& path, Bytes size) {
  const auto status = disk.status(path);
  return status && status->type == fs::file_type::regular && status->size == size;
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
  const File tracker = File::open_or_create(tracker_path(), *disk_);
  const bool tracker_changed = tracker.size() != tracker_size_;
  if (tracker_changed) {
    const std::string text = tracker.text();
    complete_tracker(Tracker::parse(text, tracker_path().string()), {text.size()});
  }

  Journal journal{
      .ledger_size = ledger_size_, .tracker_size = tracker_size_, .tracker_filename = tracker_filename_, .rows = {}};
  std::uint64_t highest = 0;
  std::vector<File> files;  // all are being written before the first is waited for
  for (const auto& [row, stored, partial, replaces, is_tracked] : archives) {
    const auto name = ArchiveName::parse(row.sync_name);
    if (!name) throw Error(ErrorKind::bad_input, in_quotes(row.sync_name) + " is not the name of an archive");
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
  keep_first(*journal, count_named(*journal, *this));
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
