// How several processes change one small file, and none loses what another one did.
//
// The file is replaced as a whole, so it cannot carry the lock itself: that is a file beside it, removed by its holder.
// A process that got the lock of a file that is no longer there takes the new one. Where the file system has no locks,
// and against programs that do not know this one, the text is compared with what the change was made from right before
// it is replaced, and looked at afterwards.

#include "acedt/base/shared_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <optional>
#include <random>
#include <thread>

#include "acedt/base/error.hpp"
#include "acedt/base/file.hpp"

namespace acedt {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr int max_links = 40;  // as the kernel
constexpr int max_attempts = 100;
constexpr std::size_t digits = 16;
constexpr std::string_view unfinished = ".new";

fs::path behind_links(const fs::path& path) {
  fs::path target = path;
  for (int i = 0; i < max_links; ++i) {
    std::error_code is_no_link;
    const fs::path next = fs::read_symlink(target, is_no_link);
    if (is_no_link) return target;
    target = target.parent_path() / next;
  }
  errno = ELOOP;
  throw_errno("open " + path.string());
}

/// Makes it with the mode 0700, and what it lies in.
void make_private_directory(const fs::path& directory, const Disk& disk) {
  constexpr mode_t owner_only = 0700;
  if (directory.empty() || disk.exists(directory)) return;
  disk.make_directory(directory.parent_path());
  const auto make = [&] { return ::mkdir(directory.c_str(), owner_only); };
  if (disk.call(Disk::Call::make_directory, directory, make) != 0 && errno != EEXIST)
    throw_errno("make directory " + directory.string());
}

/// Whether the file still stands under its path, and not another one or none.
bool is_in_place(const File& file, const Disk& disk) {
  struct stat own {};
  struct stat named {};
  const auto stat_own = [&] { return ::fstat(file.descriptor(), &own); };
  const auto stat_named = [&] { return ::lstat(file.path().c_str(), &named); };
  if (disk.call(Disk::Call::stat, file.path(), stat_own) != 0) throw_errno("stat " + file.path().string());
  if (disk.call(Disk::Call::stat, file.path(), stat_named) != 0) return false;
  return own.st_dev == named.st_dev && own.st_ino == named.st_ino;
}

/// Gives `fresh` owner and mode of `old` where this user may and the file system can; never more to others than that.
void take_after(const File& fresh, const File& old, const Disk& disk) {
  struct stat status {};
  const auto stat_old = [&] { return ::fstat(old.descriptor(), &status); };
  if (disk.call(Disk::Call::stat, old.path(), stat_old) != 0) throw_errno("stat " + old.path().string());
  constexpr auto same_owner = static_cast<uid_t>(-1);
  const bool has_group = ::fchown(fresh.descriptor(), status.st_uid, status.st_gid) == 0 ||
                         ::fchown(fresh.descriptor(), same_owner, status.st_gid) == 0;
  constexpr mode_t all = 07777;
  constexpr mode_t of_owner = 0700;
  ::fchmod(fresh.descriptor(), status.st_mode & (has_group ? all : of_owner));
}

fs::path with(fs::path path, std::string_view ending) {
  path += ending;
  return path;
}

/// PATH.lock, locked where the file system can do that, and removed at the end.
class PathLock {
 public:
  PathLock(const fs::path& path, const Disk& disk) : disk_(disk) {
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    do {
      file_ = File::open_or_create(with(path, ".lock"), disk);
      File::Lock lock = File::Lock::held;
      while ((lock = file_->try_lock()) == File::Lock::held) {
        if (std::chrono::steady_clock::now() > deadline)
          throw Error(ErrorKind::locked, file_->path().string() + ": another process keeps it locked");
        std::this_thread::sleep_for(10ms);
      }
      is_held_ = lock == File::Lock::taken;
    } while (!is_in_place(*file_, disk));
  }
  PathLock(const PathLock&) = delete;
  PathLock& operator=(const PathLock&) = delete;
  ~PathLock() { disk_.discard(file_->path()); }

  /// False if the file system has no locks.
  bool is_held() const noexcept { return is_held_; }

 private:
  const Disk& disk_;
  std::optional<File> file_;
  bool is_held_ = false;
};

/// A name beside `path` that nobody else makes up.
fs::path new_name(const fs::path& path) {
  std::random_device random;
  std::array<char, digits + 1> text{};
  std::snprintf(text.data(), text.size(), "%08x%08x", random(), random());
  return with(path, "." + std::string(text.data()) + std::string(unfinished));
}

/// Removes what processes that were killed left beside `path`, as it may be a secret. The lock must be held.
void remove_left_over(const fs::path& path, const Disk& disk) {
  const std::string start = path.filename().string() + ".";
  const fs::path folder = path.has_parent_path() ? path.parent_path() : ".";
  try {
    for (const std::string& name : disk.list(folder)) {
      const bool is_one = name.starts_with(start) && name.ends_with(unfinished) &&
                          name.size() == start.size() + digits + unfinished.size();
      if (is_one) disk.discard(folder / name);
    }
  } catch (const Error&) {
    // What is to be done can be done all the same.
  }
}

std::string text_of(const fs::path& path, const Disk& disk) {
  const std::optional<File> file = File::open_if_there(path, disk);
  return file ? file->text() : std::string();
}

/// False if `path` has another text than `before` by now.
bool replace(const fs::path& path, const std::string& before, const std::string& after, const Disk& disk) {
  const File fresh = File::create_private(new_name(path), disk);
  try {
    if (const auto old = File::open_if_there(path, disk)) take_after(fresh, *old, disk);
    fresh.append(after);
    fresh.sync();
    const bool is_unchanged = text_of(path, disk) == before;
    if (is_unchanged) disk.rename(fresh.path(), path);
    if (!is_unchanged) disk.remove(fresh.path());
    if (is_unchanged) disk.sync_directory(path.parent_path());
    return is_unchanged;
  } catch (const Error&) {
    disk.discard(fresh.path());  // its own failure must not hide this one
    throw;
  }
}

}  // namespace

void change_shared_file(const fs::path& path, const std::function<std::string(std::string)>& change, const Disk& disk) {
  const fs::path target = behind_links(path);
  make_private_directory(target.parent_path(), disk);
  const PathLock lock(target, disk);
  if (lock.is_held()) remove_left_over(target, disk);
  for (int attempt = 0; attempt < max_attempts; ++attempt) {
    const std::string before = text_of(target, disk);
    const std::string after = change(before);
    if (after == before) return;
    const bool is_done = replace(target, before, after, disk);
    if (is_done && lock.is_held()) return;  // else it is looked at again: another may have been there meanwhile
  }
  throw Error(ErrorKind::storage, target.string() + ": others change it all the time");
}

}  // namespace acedt
