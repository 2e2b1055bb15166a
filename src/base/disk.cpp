// The system calls on names; File has those on open files.
//
// File systems (SMB, NFS, FUSE, virtiofs, 9p, ZFS) and sandboxes lack some calls, and report that with different values
// of errno. Each optional call has a list of the values that mean "not available here" and a fallback; every other
// value is a failure. docs/failures.md lists both.

#include "acedt/base/disk.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <initializer_list>
#include <memory>

#include "acedt/base/error.hpp"

namespace acedt {
namespace {

namespace fs = std::filesystem;

/// Returns whether errno is one of `codes`.
bool errno_is(std::initializer_list<int> codes) {
  return std::ranges::find(codes, errno) != codes.end();
}

/// Returns the type as far as the program distinguishes it.
fs::file_type type_of(mode_t mode) {
  if (S_ISREG(mode)) return fs::file_type::regular;
  if (S_ISDIR(mode)) return fs::file_type::directory;
  if (S_ISLNK(mode)) return fs::file_type::symlink;
  if (S_ISFIFO(mode)) return fs::file_type::fifo;
  return fs::file_type::unknown;
}

}  // namespace

const Disk& Disk::real() {
  static const Disk disk;
  return disk;
}

std::optional<Disk::Status> Disk::status(const fs::path& path) const {
  struct stat status {};
  if (call(Call::stat, path, [&] { return ::lstat(path.c_str(), &status); }) != 0) {
    if (errno_is({ENOENT, ENOTDIR})) return std::nullopt;
    throw_errno("stat " + path.string());
  }
  constexpr std::uint64_t unit = 512;  // of st_blocks, on every file system
  return Status{type_of(status.st_mode),
                {static_cast<std::uint64_t>(status.st_size)},
                {static_cast<std::uint64_t>(status.st_blocks) * unit}};
}

std::vector<std::string> Disk::list(const fs::path& directory) const {
  const auto fail = [&directory] { throw_errno("list " + directory.string()); };
  DIR* opened = nullptr;
  const auto open = [&] { return (opened = ::opendir(directory.c_str())) == nullptr ? -1 : 0; };
  if (call(Call::list, directory, open) != 0) fail();
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(opened, ::closedir);
  std::vector<std::string> names;
  for (;;) {
    const dirent* entry = nullptr;
    const auto read = [&] { return (entry = ::readdir(stream.get())) == nullptr && errno != 0 ? -1 : 0; };
    if (call(Call::list, directory, read) != 0) fail();
    if (entry == nullptr) return names;
    std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(std::move(name));
  }
}

void Disk::make_directory(const fs::path& directory) const {
  const auto is_there = [&] {  // stat(2) follows links: a link to a directory counts
    struct stat status {};
    if (call(Call::stat, directory, [&] { return ::stat(directory.c_str(), &status); }) == 0)
      return S_ISDIR(status.st_mode);
    if (errno_is({ENOENT, ENOTDIR})) return false;
    throw_errno("stat " + directory.string());
  };
  if (directory.empty() || is_there()) return;
  make_directory(directory.parent_path());
  constexpr mode_t all = 0777;  // less the umask
  if (call(Call::make_directory, directory, [&] { return ::mkdir(directory.c_str(), all); }) != 0) {
    const int code = errno;
    if (code == EEXIST && is_there()) return;  // another process made it meanwhile
    errno = code;
    throw_errno("make directory " + directory.string());
  }
  sync_directory(directory.parent_path());
}

void Disk::rename(const fs::path& from, const fs::path& to) const {
  if (call(Call::rename, from, [&] { return std::rename(from.c_str(), to.c_str()); }) != 0)
    throw_errno("rename " + from.string());
}

bool Disk::rename_within(const fs::path& from, const fs::path& to) const {
  if (call(Call::rename, from, [&] { return std::rename(from.c_str(), to.c_str()); }) == 0) return true;
  if (errno == EXDEV) return false;
  throw_errno("rename " + from.string());
}

bool Disk::rename_new(const fs::path& from, const fs::path& to) const {
  const auto without_replacing = [&] {
    return ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE);
  };
  if (call(Call::rename_new, from, without_replacing) == 0) return true;
  if (errno == EEXIST) return false;
  if (!errno_is({EINVAL, ENOSYS, EOPNOTSUPP, EPERM})) throw_errno("rename " + from.string());
  if (exists(to)) return false;
  rename(from, to);
  return true;
}

bool Disk::remove(const fs::path& path) const {
  if (call(Call::remove, path, [&] { return ::unlink(path.c_str()); }) == 0) return true;
  if (errno == ENOENT) return false;
  throw_errno("remove " + path.string());
}

void Disk::discard(const fs::path& path) const noexcept {
  call(Call::remove, path, [&] { return ::unlink(path.c_str()); });
}

void Disk::discard_folder(const fs::path& directory) const noexcept {
  call(Call::remove, directory, [&] {
    std::error_code ignored;
    fs::remove_all(directory, ignored);
    return 0;
  });
}

void Disk::sync_directory(const fs::path& directory) const {
  const fs::path path = directory.empty() ? "." : directory;
  const int descriptor =
      call(Call::open, path, [&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (descriptor < 0 && errno == EACCES) return;  // writable but not readable: cannot be opened to sync it
  if (descriptor < 0) throw_errno("open " + path.string());
  const int result = call(Call::sync_directory, path, [&] { return ::fsync(descriptor); });
  const int code = errno;
  ::close(descriptor);
  errno = code;
  if (result != 0 && !errno_is({EINVAL, EOPNOTSUPP, ENOSYS, EBADF})) throw_errno("sync " + path.string());
}

std::optional<Bytes> Disk::free_space(const fs::path& path) const {
  struct statvfs status {};
  if (call(Call::space, path, [&] { return ::statvfs(path.c_str(), &status); }) != 0) return std::nullopt;
  if (status.f_blocks == 0) return std::nullopt;  // a FUSE file system without statfs
  return Bytes{static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize};
}

}  // namespace acedt
