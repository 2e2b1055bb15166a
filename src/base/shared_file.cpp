// Several processes change one small file, and none loses the change of another.
//
// A change replaces the file as a whole, so the file cannot carry the lock itself: PATH.lock does, and its holder
// removes it. A process that got the lock of a PATH.lock that was removed meanwhile takes the lock of the new one.
// Without locks (a file system that has none, a program that ignores PATH.lock) the text is compared with the one that
// the change started from right before the rename, and read again after it.

#include "acedt/base/file.hpp"

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

namespace acedt {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr int max_attempts = 100;
constexpr std::size_t random_digits = 16;
constexpr std::string_view new_suffix = ".new";

/// Makes `directory`, with mode 0700, and its missing parents.
void make_private_directory(const fs::path& directory, const Disk& disk) {
  constexpr mode_t owner_only = 0700;
  if (directory.empty() || disk.exists(directory)) return;
  disk.make_directory(directory.parent_path());
  const auto make = [&] { return ::mkdir(directory.c_str(), owner_only); };
  if (disk.call(Disk::Call::make_directory, directory, make) != 0 && errno != EEXIST)
    throw_errno("make directory " + directory.string());
}

/// Returns whether the path of `file` still leads to that file, not to another one or to none.
bool is_in_place(const File& file, const Disk& disk) {
  struct stat own {};
  struct stat named {};
  const auto stat_own = [&] { return ::fstat(file.descriptor(), &own); };
  const auto stat_named = [&] { return ::lstat(file.path().c_str(), &named); };
  if (disk.call(Disk::Call::stat, file.path(), stat_own) != 0) throw_errno("stat " + file.path().string());
  if (disk.call(Disk::Call::stat, file.path(), stat_named) != 0) return false;
  return own.st_dev == named.st_dev && own.st_ino == named.st_ino;
}

/// Gives `fresh` the owner and the mode of `old`, as far as this user may and the file system supports it. If the group
/// cannot be kept, only the owner has access.
void copy_owner_and_mode(const File& fresh, const File& old, const Disk& disk) {
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

fs::path with_suffix(fs::path path, std::string_view suffix) {
  path += suffix;
  return path;
}

/// Holds PATH.lock: waits for its lock, and removes the file in the end.
class PathLock {
 public:
  PathLock(const fs::path& path, const Disk& disk) : disk_(disk) {
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    do {
      file_ = File::open_or_create(with_suffix(path, ".lock"), disk);
      File::Lock lock = File::Lock::held;
      while ((lock = file_->try_lock()) == File::Lock::held) {
        if (std::chrono::steady_clock::now() > deadline)
          throw Error(ErrorKind::locked, "another process holds the lock " + file_->path().string())
              .hint("wait until it is done, and run the same command again");
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

/// Returns a random name beside `path`, for its new content.
fs::path new_name(const fs::path& path) {
  std::random_device random;
  std::array<char, random_digits + 1> text{};
  std::snprintf(text.data(), text.size(), "%08x%08x", random(), random());
  return with_suffix(path, "." + std::string(text.data()) + std::string(new_suffix));
}

/// Removes new_name()s that killed processes left, as they may contain secrets. The lock must be held.
void remove_left_over(const fs::path& path, const Disk& disk) {
  const std::string start = path.filename().string() + ".";
  const fs::path folder = path.has_parent_path() ? path.parent_path() : ".";
  try {
    for (const std::string& name : disk.list(folder)) {
      const bool is_one = name.starts_with(start) && name.ends_with(new_suffix) &&
                          name.size() == start.size() + random_digits + new_suffix.size();
      if (is_one) disk.discard(folder / name);
    }
  } catch (const Error&) {
    // The change itself can still succeed.
  }
}

/// Replaces the text `before` of `path` by `after`. Returns false if `path` has another text by now.
bool replace(const fs::path& path, const std::string& before, const std::string& after, const Disk& disk) {
  const File fresh = File::create_private(new_name(path), disk);
  try {
    if (const auto old = File::open_if_there(path, disk)) copy_owner_and_mode(fresh, *old, disk);
    fresh.append(after);
    fresh.sync();
    const bool is_unchanged = read_if_there(path, disk).value_or("") == before;
    if (is_unchanged) disk.rename(fresh.path(), path);
    if (!is_unchanged) disk.remove(fresh.path());
    if (is_unchanged) disk.sync_directory(path.parent_path());
    return is_unchanged;
  } catch (const Error&) {
    disk.discard(fresh.path());  // ignores failures, so that this one is reported
    throw;
  }
}

}  // namespace

void change_shared_file(const fs::path& path, const std::function<std::string(std::string)>& change, const Disk& disk) {
  const fs::path target = without_links(path);
  make_private_directory(target.parent_path(), disk);
  const PathLock lock(target, disk);
  if (lock.is_held()) remove_left_over(target, disk);
  for (int attempt = 0; attempt < max_attempts; ++attempt) {
    const std::string before = read_if_there(target, disk).value_or("");
    const std::string after = change(before);
    if (after == before) return;
    const bool is_done = replace(target, before, after, disk);
    if (is_done && lock.is_held()) return;  // else look again: another program may have undone the change
  }
  throw Error(ErrorKind::storage, "other processes keep changing " + target.string())
      .hint("wait until they are done, and run the same command again");
}

}  // namespace acedt
