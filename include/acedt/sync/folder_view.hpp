#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "acedt/base/disk.hpp"
#include "acedt/sync/archive_name.hpp"
#include "acedt/sync/ledger.hpp"
#include "acedt/sync/tracker.hpp"

namespace acedt::sync {

/// What tracker, ledger and the file system say of one archive.
struct KnownArchive {
  ArchiveName name;
  std::string file;                    ///< "000001-tools.tar", as folder or tracker write it
  std::optional<Bytes> size = {};      ///< of the file; unset if it is not in the folder, as after it was carried away
  std::optional<TrackerRow> row = {};  ///< the last one with this file name; unset if it is not tracked
  std::optional<Origin> origin = {};   ///< by the ledger; unset if the ledger does not know it
};

/// A sync folder as it is, for commands that look at it: takes no lock, writes nothing, and so works on a read-only
/// medium and beside a run. While a run commits, an archive may be seen before its row.
class FolderView {
 public:
  /// Blocks on the disk. A missing tracker or ledger is an empty one. Throws Error(usage) if `directory` is no
  /// directory or `tracker_filename` is not the name of a file in it; Error(storage) if something there cannot be read;
  /// Error(bad_input) if the tracker or the ledger cannot be understood.
  static FolderView read(const std::filesystem::path& directory, const std::string& tracker_filename,
                         const Disk& disk = Disk::real());

  /// Archives in the folder and in the tracker, in the order of their numbers.
  const std::vector<KnownArchive>& archives() const noexcept { return archives_; }
  std::filesystem::path path_of(const KnownArchive& archive) const { return directory_ / archive.file; }

 private:
  std::filesystem::path directory_;
  std::vector<KnownArchive> archives_;
};

}  // namespace acedt::sync
