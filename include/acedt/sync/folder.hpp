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

/// A whole archive that waits under partial_path() for its final name.
struct FinishedArchive {
  TrackerRow row;
  LedgerEntry stored;
  std::string partial = {};  ///< its file in partial/
  bool replaces = false;     ///< a damaged file that has its name
  bool is_tracked = false;   ///< the tracker has its row
};

/// A committed archive that is no longer what it was, and has to be made again.
struct LostArchive {
  LedgerEntry entry;      ///< as it was, with its origin where that is known
  bool is_there = false;  ///< with another size or wrong content; else it is gone, with its row of the tracker
  bool is_tracked = false;
  std::vector<std::string> needed_by = {};  ///< archives that count on it
};

/// SYNC-DIRECTORY: archives, `*.csv`, and `.ace-dt/` with what is ours (lock, ledger, commit journal, partial
/// archives).
///
/// One process at a time: open() takes the lock and holds it. All functions block on the disk. tracker(),
/// each_in_ledger() and unknown_archives() say what open() found; what commit() and remember() add is not in them.
class Folder {
 public:
  /// Makes the directory if it is missing (parents too), locks it, settles a commit that a crash interrupted, and adds
  /// the header or the last line end that the tracker lacks. Of the interrupted commit, archives that got their final
  /// names are recorded; the others stay partial.
  ///
  /// Throws Error(usage) if `tracker_filename` is not the name of a file in the folder or in an existing sub-folder;
  /// Error(locked) if another process has the lock; Error(storage) if the disk fails. `disk` must outlive the folder.
  static Folder open(const std::filesystem::path& directory, const std::string& tracker_filename,
                     const Disk& disk = Disk::real());

  /// What open() would find now.
  void reload() { load(); }

  const std::filesystem::path& directory() const noexcept { return directory_; }
  const Disk& disk() const noexcept { return *disk_; }
  const Tracker& tracker() const noexcept { return tracker_; }
  /// Calls `use` with the entries of the ledger whose archive is as it was when they were written, or gone but tracked
  /// (carried away). An archive that is there with another size has no entry here: it must be read anew. One that is
  /// gone and not tracked was thrown away, and its content counts no more.
  void each_in_ledger(const std::function<void(const LedgerEntry&)>& use) const;
  /// Archives that are gone together with their row of the tracker though others need them, those that are there with
  /// another size than they had when they were committed, and suspects. In the order of their numbers.
  std::vector<LostArchive> lost_archives() const;
  /// The content of `archive` turned out to be wrong, though its size is right: until the next reload(),
  /// lost_archives() names it and each_in_ledger() leaves it out. Does nothing if the ledger does not know it.
  void suspect(const std::string& archive);
  /// Archives that lie in the folder without a ledger entry, in the order of their numbers.
  const std::vector<std::string>& unknown_archives() const noexcept { return unknown_; }
  /// What the user should know about the folder, found by open().
  const std::vector<std::string>& warnings() const noexcept { return warnings_; }
  /// The number for the next archive: one more than the highest in the tracker, among the files and of all that were
  /// ever committed. A number is never used again.
  std::uint64_t next_number() const noexcept { return next_number_; }

  std::filesystem::path archive_path(std::string_view archive) const;
  /// Where an archive is made: `.ace-dt/partial/FILE`. What an interrupted run leaves there stays for the next one.
  std::filesystem::path partial_path(std::string_view file) const;
  /// Room for archives: what is free, and what partial ones already take. Unset where the file system does not say.
  std::optional<Bytes> room() const;
  /// Nobody will go on with what is there.
  void remove_partial_archives() const;

  /// Throws Error(storage) where the file system refuses files of this name.
  void require_name(const std::string& archive) const;

  /// Adds what was found in archives to the ledger, on disk when it returns.
  void remember(std::span<const LedgerEntry> entries);

  /// Gives finished archives their final names, and writes ledger and tracker, in this order and all on disk when it
  /// returns. After a crash or a failure anywhere (a full disk), the next commit() or open() records the archives that
  /// got their names; the others are as if they had not been given. The content of each partial file is synced here.
  /// Throws Error(storage) if a final name is taken, or if a partial file does not have the size that `stored` says:
  /// before anything is done. If an archive cannot have its name, those before it are committed and it is not.
  void commit(std::span<const FinishedArchive> archives);

 private:
  Folder(File lock, std::filesystem::path directory, std::string tracker_filename, const Disk& disk);

  std::filesystem::path ledger_path() const;
  std::filesystem::path journal_path() const;
  void load();
  Tracker prepare_tracker();
  void finish_interrupted_commit();
  void write_records(const Journal& journal);

  File lock_;
  std::filesystem::path directory_;
  std::string tracker_filename_;
  const Disk* disk_;
  Tracker tracker_;
  std::vector<Bytes> ledger_;  // where in the file the entries begin that count, in their order
  std::map<std::string, Bytes>
      suspects_;  // archives that are gone and untracked, of another size, or suspect(); their last entries
  std::vector<std::string> unknown_;
  std::vector<std::string> warnings_;
  std::uint64_t next_number_ = 1;
  Bytes ledger_size_ = {};   // whole entries: where the next one goes
  Bytes tracker_size_ = {};  // as this process left it
};

}  // namespace acedt::sync
