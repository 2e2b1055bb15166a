#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "acedt/base/disk.hpp"
#include "acedt/sync/archive_name.hpp"
#include "acedt/sync/ledger.hpp"
#include "acedt/sync/tracker.hpp"

namespace acedt::sync {

/// What tracker, ledger and file system say about one archive.
struct KnownArchive {
  ArchiveName name;
  std::string file;  ///< "000001-tools.tar", as in the folder or the tracker
  /// Of the file, or of all parts. Unset if it is not in the folder, such as after it was carried away, or not whole.
  std::optional<Bytes> size = {};
  std::vector<std::string> problems = {};   ///< of its parts: those that are missing, or a file that is there as well
  std::optional<TrackerRow> row = {};       ///< the last one with this file name; unset if it is not tracked
  std::optional<Origin> origin = {};        ///< from the ledger; unset if the ledger does not have it
  std::optional<Bytes> recorded_size = {};  ///< of the file, as the ledger has it; unset if the ledger does not
};

/// A read-only view of a sync folder. Takes no lock and writes nothing, so it works on a read-only medium and during a
/// run. While a run commits, an archive may be visible before its tracker row.
class FolderView {
 public:
  /// Reads the folder. Blocks on the disk. A missing tracker or ledger counts as empty.
  ///
  /// `disk` must outlive the view. Throws Error(usage) if `directory` is not a directory, if `tracker_filename` is not
  /// the name of a file in it or in a sub-folder, or if the tracker cannot be understood; Error(bad_input) if the
  /// ledger is of an unknown version; Error(storage) if anything cannot be read.
  static FolderView read(const std::filesystem::path& directory, const std::string& tracker_filename,
                         const Disk& disk = Disk::real());

  /// Returns the archives of the folder and of the tracker, in the order of their numbers.
  const std::vector<KnownArchive>& archives() const noexcept { return archives_; }
  /// Calls `use` with each entry of the ledger, in its order; a later one for the same archive replaces an earlier one.
  /// Reads the ledger again. Throws as read() does.
  void each_in_ledger(const std::function<void(const LedgerEntry&)>& use) const;
  /// Returns the path of `archive`, whether it is in the folder or not.
  std::filesystem::path path_of(const KnownArchive& archive) const { return directory_ / archive.file; }

 private:
  std::filesystem::path directory_;
  const Disk* disk_ = nullptr;
  std::vector<KnownArchive> archives_;
};

}  // namespace acedt::sync
