#pragma once

#include <cerrno>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "acedt/base/units.hpp"

namespace acedt {

/// The file system. Every system call on a file or a directory of the sync folder goes through a Disk.
///
/// It is the seam for tests: a derived Disk makes any call fail; docs/failures.md lists what each failure leads to.
/// A call that a signal interrupts (EINTR) is repeated, up to max_interruptions times. Safe to use from several
/// threads.
///
/// Functions throw Error(storage), or Error(no_space) if the disk is full or the quota is used up, and name the path.
class Disk {
 public:
  /// The system calls, by purpose. "Optional": some file systems lack the call; then the program does without it.
  enum class Call {
    open,            ///< open(2)
    stat,            ///< fstat(2), lstat(2)
    read,            ///< pread(2), read(2)
    write,           ///< pwrite(2), pwritev(2)
    resize,          ///< ftruncate(2)
    reserve,         ///< fallocate(2); optional
    find_data,       ///< lseek(2) with SEEK_DATA, SEEK_HOLE; optional
    advise,          ///< posix_fadvise(2); optional
    start_writing,   ///< sync_file_range(2); optional
    sync,            ///< fdatasync(2)
    sync_directory,  ///< fsync(2) of a directory; optional
    lock,            ///< flock(2); optional
    rename,          ///< rename(2)
    rename_new,      ///< renameat2(2) with RENAME_NOREPLACE; optional
    remove,          ///< unlink(2)
    make_directory,  ///< mkdir(2)
    list,            ///< opendir(3), readdir(3)
    space,           ///< statvfs(3); optional
  };
  static constexpr int calls = static_cast<int>(Call::space) + 1;
  /// How often in a row a call that a signal interrupts (EINTR) is repeated. Signals are far rarer: a file system that
  /// interrupts more calls than this always does.
  static constexpr int max_interruptions = 1000;

  /// Returns the Disk that makes every call.
  static const Disk& real();

  Disk() = default;
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;
  virtual ~Disk() = default;

  /// Runs `function`, which makes one system call on `path`, and repeats it if it fails with EINTR. Returns what
  /// `function` returned: negative, with errno set, if the call failed or a test made it fail.
  template <class Function>
  auto call(Call which, const std::filesystem::path& path, Function function) const -> decltype(function()) {
    for (int interrupted = 0;; ++interrupted) {
      errno = fault(which, path);
      const auto result = errno == 0 ? function() : -1;
      if (result >= 0 || errno != EINTR || interrupted == max_interruptions) return result;
    }
  }

  struct Status {
    std::filesystem::file_type type;
    Bytes size = {};
    Bytes space_taken = {};  ///< allocated blocks; less than `size` for a file with holes
  };
  /// Returns the status of `path` itself (links are not followed), or nullopt if it does not exist.
  std::optional<Status> status(const std::filesystem::path& path) const;
  /// Returns whether `path` exists. A link exists even if its target does not.
  bool exists(const std::filesystem::path& path) const { return status(path).has_value(); }

  /// Returns the names in `directory`, unordered, without "." and "..".
  std::vector<std::string> list(const std::filesystem::path& directory) const;

  /// Makes `directory` and its missing parents, and syncs their names to disk. Does nothing if it exists.
  void make_directory(const std::filesystem::path& directory) const;

  /// Renames `from` to `to`; replaces an existing file.
  void rename(const std::filesystem::path& from, const std::filesystem::path& to) const;
  /// Like rename(), but returns false if `to` is on another file system.
  bool rename_within(const std::filesystem::path& from, const std::filesystem::path& to) const;
  /// Renames `from` to `to`. Returns false if `to` exists. On a file system without RENAME_NOREPLACE the check and the
  /// rename are two steps, so the caller must hold the lock of the folder.
  bool rename_new(const std::filesystem::path& from, const std::filesystem::path& to) const;
  /// Removes a file or a link. Returns false if there was none.
  bool remove(const std::filesystem::path& path) const;
  /// Removes a file that does no harm if it stays. Ignores failures.
  void discard(const std::filesystem::path& path) const noexcept;

  /// Removes a folder with all that is in it, which does no harm if it stays. Ignores failures.
  void discard_folder(const std::filesystem::path& directory) const noexcept;

  /// Waits until the names in `directory` are on disk. Does nothing if the file system cannot sync a directory.
  void sync_directory(const std::filesystem::path& directory) const;

  /// Returns the space that the file system of `path` offers to unprivileged processes, or nullopt if it is unknown.
  std::optional<Bytes> free_space(const std::filesystem::path& path) const;

 protected:
  /// Called before each system call on `path`. Returns 0 to make the call, or the errno that it is to fail with.
  virtual int fault(Call, const std::filesystem::path&) const { return 0; }
};

}  // namespace acedt
