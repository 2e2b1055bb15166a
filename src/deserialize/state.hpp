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

/// What earlier pushes of a folder did, and the lock that keeps two pushes from running at a time. Not thread-safe;
/// blocks on the disk.
///
/// The record is in the sync folder, where the reference has it. The record identifies files only by their names, so a
/// journal adds the root digest of each pushed archive. The journal and the lock are in `.ace-dt/push/` of the sync
/// folder. If the sync folder cannot be written, all three are in a state folder.
class PushState {
 public:
  struct Paths {
    std::filesystem::path folder;                     ///< with the archives
    std::string sync_filename;                        ///< of the record
    std::optional<std::filesystem::path> state = {};  ///< the state folder to use, even if `folder` can be written
    std::filesystem::path fallback = {};              ///< the state folder to use if `folder` cannot be written
  };

  /// Reads the record and the journal, and writes nothing. Throws Error(storage), and Error(usage) if the record is
  /// malformed.
  static PushState read(const Paths& paths, const oci::Reference& destination, const Disk& disk = Disk::real());
  /// Takes the lock, then reads as read() does; add() may follow. Throws Error(locked) if another process has the lock,
  /// Error(storage) if neither folder can be written, and as read() does.
  static PushState open(const Paths& paths, const oci::Reference& destination, const Disk& disk = Disk::real());

  /// Returns true if `file` with this root was pushed to the destination. Warns if it was pushed with another root.
  bool has(const std::string& file, const oci::Digest& root);
  /// Returns another repository of the destination's registry that `file` was pushed to; empty if there is none. With
  /// what root is not checked: a registry that lacks a blob there says so.
  std::string other_with(const std::string& file) const;
  /// Appends to the record and the journal. Call only after open(). Throws Error(storage) or Error(no_space).
  void add(const Record::Row& row, const oci::Digest& root, std::chrono::system_clock::time_point now);
  /// Syncs the record. Throws as add() does.
  void sync();

  /// Returns the warnings since the last call.
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
  std::set<std::string, std::less<>> recorded_;             // files at the destination
  std::map<std::string, std::string, std::less<>> others_;  // file -> another repository that has it
  std::map<std::string, std::string, std::less<>> roots_;   // file -> root digest, at the destination
  std::vector<std::string> warnings_;
};

/// Returns the folder in a sync folder for what is known about its pushes.
std::filesystem::path push_folder_in(const std::filesystem::path& folder);

/// Returns the state folder for a sync folder that cannot be written: $XDG_STATE_HOME/ace-dt/push/HASH, by default
/// under ~/.local/state; empty if neither XDG_STATE_HOME nor HOME is set. HASH is made from the root digests, so that
/// a disc is recognized wherever it is mounted.
std::filesystem::path state_folder_for(
    const std::vector<oci::Digest>& roots,
    const std::function<std::optional<std::string>(const std::string&)>& environment);

}  // namespace acedt::deserialize
