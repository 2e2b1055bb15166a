#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "acedt/base/file.hpp"
#include "acedt/sync/ledger.hpp"
#include "acedt/sync/tracker.hpp"

namespace acedt::sync {

struct Journal;

/// A complete archive under partial_path(), ready for its final name.
struct FinishedArchive {
  TrackerRow row;
  LedgerEntry stored;
  std::string partial = {};  ///< name of its file in partial/, without the numbers of parts
  bool replaces = false;     ///< it may replace a damaged file that has its final name
  bool is_tracked = false;   ///< the tracker already has its row
};

/// A committed archive that is gone or damaged, and must be rebuilt.
struct LostArchive {
  LedgerEntry entry;      ///< as it was, with its origin if known
  bool is_there = false;  ///< the file exists, but has changed; false: it is gone, with its tracker row
  bool is_tracked = false;
  std::vector<std::string> needed_by = {};  ///< archives that need it
};

/// What files, ledger and tracker say about a sync folder: which archives count, which are lost, and which number is
/// next. A snapshot. Takes no lock and writes nothing. Not thread-safe.
///
/// All functions block on the disk, and throw Error(storage) or Error(no_space) if it fails.
class FolderState {
 public:
  /// Reads the folder; a folder that does not exist counts as empty. `disk` must outlive the state.
  ///
  /// Throws Error(usage) if the tracker cannot be understood or has no valid name; Error(bad_input) if the ledger is of
  /// an unknown version; Error(storage) if an archive is there both as a file and in parts.
  static FolderState read(const std::filesystem::path& directory, const std::string& tracker_filename,
                          const Disk& disk = Disk::real());

  /// Throws Error(locked) if a commit is under way, or was interrupted: the next Folder::open() completes it.
  void require_settled() const;

  const std::filesystem::path& directory() const noexcept { return directory_; }
  const Disk& disk() const noexcept { return *disk_; }
  const Tracker& tracker() const noexcept { return tracker_; }
  /// Calls `use` with each ledger entry, and its offset, whose archive is unchanged, or gone but tracked (it was
  /// carried away). Leaves out an archive whose size changed, or that lacks a part: it must be read again. Leaves out
  /// an archive that is gone and not tracked: it was discarded, and its content no longer counts.
  void each_in_ledger(const std::function<void(const LedgerEntry&, Bytes at)>& use) const;
  /// Returns the ledger entry at the offset `at`. Throws Error(storage) if there is none any more.
  LedgerEntry entry_at(Bytes at) const;
  /// Returns, in the order of their numbers, the archives that are gone together with their tracker row although others
  /// need them, and the archives that are tracked or needed and damaged: their size changed, a part is missing, or
  /// suspect() was called.
  std::vector<LostArchive> lost_archives() const;
  /// Call when the content of `archive` turned out to be wrong, though its size is right. Until the next reload(),
  /// counts it as damaged in lost_archives(), and leaves it out in each_in_ledger(). Does nothing if the ledger does
  /// not know it.
  void suspect(const std::string& archive);
  /// Returns the platforms that `archive` has, by its last entry in the ledger: see Origin. Empty if there is none.
  std::string platforms_of(const std::string& archive) const;
  /// Returns how many tracked archives, at least, are neither in the folder nor in the ledger: nothing says what they
  /// have. There are more if the folder has archives that are not tracked.
  std::size_t forgotten_archives() const noexcept { return forgotten_; }
  /// Returns the archives in the folder without a valid ledger entry, in the order of their numbers.
  const std::vector<std::string>& unknown_archives() const noexcept { return unknown_; }
  /// Returns the number for the next archive: one more than the highest in the tracker, among the files and in the
  /// ledger, which has every archive that was ever committed. A number is never used twice.
  std::uint64_t next_number() const noexcept { return next_number_; }

  std::filesystem::path archive_path(std::string_view archive) const;
  /// Returns where an archive is written: `.ace-dt/partial/FILE`. An interrupted run leaves it there for the next one.
  std::filesystem::path partial_path(std::string_view file) const;
  std::filesystem::path ledger_path() const;
  std::filesystem::path tracker_path() const { return directory_ / tracker_filename_; }
  /// Returns how much of the ledger is whole: its header and complete entries.
  Bytes ledger_size() const noexcept { return ledger_size_; }
  /// Returns the size of the tracker, as it was read or left.
  Bytes tracker_size() const noexcept { return tracker_size_; }
  /// Returns the space for archives: free space plus what partial archives already take. Unset if the file system does
  /// not report it.
  std::optional<Bytes> room() const;
  /// Returns the space that partial archives take.
  Bytes partial_size() const;

 protected:
  FolderState(std::filesystem::path directory, std::string tracker_filename, const Disk& disk);

  std::filesystem::path journal_path() const;
  void load();

  std::filesystem::path directory_;
  std::string tracker_filename_;
  const Disk* disk_;
  Tracker tracker_;
  std::uint64_t next_number_ = 1;
  Bytes ledger_size_ = {};   // complete entries; where the next one goes
  Bytes tracker_size_ = {};  // as this process read or left it; else the user has edited it

 private:
  std::vector<Bytes> ledger_;  // offsets of the entries that count, ascending
  // Archives that are gone and untracked, of another size, or suspect(), and the offsets of their last entries.
  std::map<std::string, Bytes> suspects_;
  std::map<std::string, std::string> platforms_;  // of archives that do not have all
  std::vector<std::string> unknown_;
  std::size_t forgotten_ = 0;
};

/// SYNC-DIRECTORY, opened for writing. It holds archives, `*.csv`, and `.ace-dt/` with private files: lock, ledger,
/// commit journal, partial archives.
///
/// One process at a time: open() takes the lock, and the object holds it. The functions of FolderState return what
/// open() or reload() found, without what commit() and remember() added since.
class Folder : public FolderState {
 public:
  /// Creates the directory if it is missing (parents too), locks it, settles a commit that a crash interrupted, and
  /// adds the header or the final newline if the tracker lacks it. Archives of the interrupted commit that got their
  /// final names are recorded; the others stay partial. `disk` must outlive the folder.
  ///
  /// Throws Error(usage) if `tracker_filename` is not the name of a file in the folder or in an existing sub-folder, or
  /// if the tracker cannot be understood; Error(locked) if another process has the lock; Error(bad_input) if ledger or
  /// journal are of an unknown version; Error(storage) if `.ace-dt` or `partial` is a symbolic link.
  static Folder open(const std::filesystem::path& directory, const std::string& tracker_filename,
                     const Disk& disk = Disk::real());

  /// Reads tracker, ledger and archives again, as open() does. Throws as open().
  void reload() { load(); }

  /// Returns what open() found that the user should know.
  const std::vector<std::string>& warnings() const noexcept { return warnings_; }
  /// Removes the partial archives. Call when no run will resume them. Ignores failures: the next complete run tries
  /// again.
  void remove_partial_archives() const;

  /// Throws Error(storage) if the file system refuses a file named `archive`, or a part of it if it may be divided into
  /// parts.
  void require_name(const std::string& archive, std::optional<Bytes> part_size = {}) const;

  /// Appends entries to the ledger. They are on disk when it returns.
  void remember(std::span<const LedgerEntry> entries);

  /// Commits finished archives: syncs their partial files, gives them their final names, and writes ledger and tracker,
  /// in this order. Of an archive in parts, the first one gets its name last. A damaged archive that is replaced is
  /// emptied before the first rename, and its parts are removed. All of it is on disk when it
  /// returns. After a crash or a failure at any point (a full disk), the next commit() or open() records the archives
  /// that got their names; the others stay partial.
  ///
  /// Throws before it changes anything: Error(storage) if a final name is taken, or if a partial file does not have the
  /// size that `stored` says; Error(bad_input) if a row does not name an archive. Throws Error(storage) if an archive
  /// cannot get its name: the archives before it are committed then, and the others are not. Removes a partial file
  /// whose sync fails.
  void commit(std::span<const FinishedArchive> archives);

 private:
  Folder(File lock, std::filesystem::path directory, std::string tracker_filename, const Disk& disk);

  void load();
  void complete_tracker(const Tracker& tracker, Bytes size);
  void finish_interrupted_commit();
  void write_records(const Journal& journal);

  File lock_;
  std::vector<std::string> warnings_;
};

}  // namespace acedt::sync
