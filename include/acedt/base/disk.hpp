#pragma once

#include <cerrno>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "acedt/base/units.hpp"

namespace acedt {

/// The file system: every system call that the program makes on a file or a directory goes through one of these.
///
/// It is the seam for tests: a derived Disk makes any call fail. docs/failures.md says what each failure does. A call
/// that a signal interrupts (EINTR) is made again. Safe to use from several threads.
///
/// Functions throw Error(storage), or no_space, that names the path.
class Disk {
 public:
  /// The system calls, by what they are for.
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

  /// The one that the kernel has.
  static const Disk& real();

  Disk() = default;
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;
  virtual ~Disk() = default;

  /// Makes a system call, which returns -1 and sets errno when it fails; again where a signal interrupted it.
  template <class Function>
  auto call(Call which, const std::filesystem::path& path, Function function) const -> decltype(function()) {
    for (;;) {
      errno = fault(which, path);
      const auto result = errno == 0 ? function() : -1;
      if (result >= 0 || errno != EINTR) return result;
    }
  }

  struct Status {
    std::filesystem::file_type type;
    Bytes size = {};
    Bytes space_taken = {};  ///< by its blocks
  };
  /// Of what stands under `path`, links not followed; unset where there is nothing.
  std::optional<Status> status(const std::filesystem::path& path) const;
  bool exists(const std::filesystem::path& path) const { return status(path).has_value(); }

  /// The names in `directory`, in no order.
  std::vector<std::string> list(const std::filesystem::path& directory) const;

  /// Makes it, with what it lies in; the names are on disk when it returns. Nothing to do where it is there.
  void make_directory(const std::filesystem::path& directory) const;

  /// Gives `from` the name `to`, and replaces what stands there.
  void rename(const std::filesystem::path& from, const std::filesystem::path& to) const;
  /// Gives `from` the name `to`; false where that name is taken. Atomic where the file system can do it; elsewhere the
  /// name is looked up first, so the folder must be locked.
  bool rename_new(const std::filesystem::path& from, const std::filesystem::path& to) const;
  /// Removes a file or a link; false where there was none.
  bool remove(const std::filesystem::path& path) const;
  /// Removes a file that does no harm where it is; after a failure it stays.
  void discard(const std::filesystem::path& path) const noexcept;

  /// Waits until the names in `directory` are on disk, where its file system can say so.
  void sync_directory(const std::filesystem::path& directory) const;

  /// What the file system of `path` has left for processes without privileges; unset where it does not say.
  std::optional<Bytes> free_space(const std::filesystem::path& path) const;

 protected:
  /// Asked before each system call on `path`: the errno that it fails with instead of being made; 0: it is made.
  virtual int fault(Call, const std::filesystem::path&) const { return 0; }
};

}  // namespace acedt
