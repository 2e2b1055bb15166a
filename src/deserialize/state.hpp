#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "acedt/base/file.hpp"
#include "acedt/oci/digest.hpp"
#include "acedt/oci/reference.hpp"
#include "deserialize/record.hpp"

namespace acedt::deserialize {

/// What earlier pushes of a folder did, and the lock against two at a time. Not thread-safe; blocks on the disk.
///
/// The record is in the folder, where the reference has it. `.ace-dt/push/` beside it has the lock, and a journal of
/// the root digest of each pushed archive, as the record knows files by their names alone. If the folder cannot be
/// written, all three are in a state folder.
class PushState {
 public:
  struct Paths {
    std::filesystem::path folder;                     ///< with the archives
    std::string sync_filename;                        ///< of the record
    std::optional<std::filesystem::path> state = {};  ///< the state folder to use in any case
    std::filesystem::path fallback = {};              ///< the one to use if `folder` cannot be written
  };

  /// Reads record and journal, and writes nothing.
  static PushState read(const Paths& paths, const oci::Reference& destination, const Disk& disk = Disk::real());
  /// The same with the lock, for add(). Throws Error(locked) if another process has it, Error(storage) if no place can
  /// be written, Error(usage) if the record is malformed.
  static PushState open(const Paths& paths, const oci::Reference& destination, const Disk& disk = Disk::real());

  /// Returns true if `file` with this root is at the destination. Warns if the record says so of another root.
  bool has(const std::string& file, const oci::Digest& root);
  /// Appends to the record and the journal.
  void add(const Record::Row& row, const oci::Digest& root, std::chrono::system_clock::time_point now);
  /// The record is on disk when it returns.
  void sync();

  /// Returns what is worth knowing, once.
  std::vector<std::string> take_warnings() { return std::exchange(warnings_, {}); }

 private:
  struct Writing {
    File lock;
    File record;
    File journal;
  };
  static Writing take_lock(const std::filesystem::path& directory, const std::filesystem::path& record,
                           const Disk& disk);
  void read_record(const std::filesystem::path& path, const oci::Reference& destination, const Disk& disk);
  void read_journal(const std::filesystem::path& path, const Disk& disk);

  std::string destination_;  // REGISTRY/REPOSITORY
  std::string preamble_;     // of the next row of the record
  std::optional<Writing> writing_;
  std::set<std::string, std::less<>> recorded_;            // files at the destination
  std::map<std::string, std::string, std::less<>> roots_;  // file -> root digest, at the destination
  std::vector<std::string> warnings_;
};

/// Returns the state folder for a folder that cannot be written: $XDG_STATE_HOME/ace-dt/push/HASH, by default under
/// ~/.local/state; empty if neither variable is set. HASH is of the root digests, so that a disc is known again
/// wherever it is mounted.
std::filesystem::path state_folder_for(
    const std::vector<oci::Digest>& roots,
    const std::function<std::optional<std::string>(const std::string&)>& environment);

}  // namespace acedt::deserialize
