// Regular files only: open() checks the type, so that a FIFO or a device in the place of a file is an error and does
// not block. Optional calls (fallocate, flock, SEEK_DATA, fadvise) fall back as described in disk.cpp. New content of a
// file is written beside it, synced and renamed, so that a crash leaves the old content or the new one.

#include "acedt/base/file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"

namespace acedt {
namespace {

constexpr mode_t all_may_read_and_write = 0666;  // less the umask
constexpr mode_t owner_may_read_and_write = 0600;
constexpr int closed = -1;

// Bytes per system call. For a larger write the page cache looks for larger blocks of free memory; where these are
// scarce, as on virtual machines, that takes longer than the copy.
constexpr std::size_t max_write = 256 << 10;

/// Callers that refuse a FIFO pass O_NONBLOCK: without it, opening one waits for its other end.
int open_descriptor(const Disk& disk, const std::filesystem::path& path, int flags,
                    mode_t mode = all_may_read_and_write) {
  return disk.call(Disk::Call::open, path, [&] { return ::open(path.c_str(), flags | O_CLOEXEC, mode); });
}

int open_for_writing(const Disk& disk, const std::filesystem::path& path, int flags, const char* action) {
  const int descriptor = open_descriptor(disk, path, flags | O_RDWR | O_CREAT | O_NOFOLLOW);
  if (descriptor >= 0) return descriptor;
  if (errno != ELOOP) throw_errno(action + path.string());
  throw Error(ErrorKind::storage, path.string() + ": is a symbolic link, which is not followed")
      .hint("remove the link, or replace it by the file itself");
}

/// Writes `text` to `fresh`, syncs it and renames it to `path`.
void put_in_place(const File& fresh, const std::filesystem::path& path, std::string_view text, const Disk& disk) {
  fresh.append(text);
  fresh.sync();
  disk.rename(fresh.path(), path);
  disk.sync_directory(path.parent_path());
}

off_t offset_of(Bytes bytes) {
  return static_cast<off_t>(bytes.count);
}

/// Casts const away, as iovec has no const form; pwritev only reads.
iovec to_write(std::span<const std::byte> bytes) {
  return {const_cast<std::byte*>(bytes.data()), bytes.size()};
}

/// Returns how many of `buffers`, from the front, one system call should write.
std::size_t count_for_one_call(std::span<const iovec> buffers) {
  constexpr std::size_t max_count = 1024;  // IOV_MAX
  std::size_t count = 0;
  for (std::size_t bytes = 0; count < std::min(max_count, buffers.size()) && bytes < max_write; ++count)
    bytes += buffers[count].iov_len;
  return count;
}

}  // namespace

File File::open(const std::filesystem::path& path, const Disk& disk) {
  std::optional<File> file = open_if_there(path, disk);
  if (file) return *std::move(file);
  errno = ENOENT;
  throw_errno("open " + path.string());
}

std::optional<File> File::open_if_there(const std::filesystem::path& path, const Disk& disk) {
  const int descriptor = open_descriptor(disk, path, O_RDONLY | O_NONBLOCK);
  if (descriptor < 0 && errno == ENOENT) return std::nullopt;
  if (descriptor < 0) throw_errno("open " + path.string());
  File file(descriptor, path, disk);
  file.require_ordinary();
  return file;
}

File File::open_or_create(const std::filesystem::path& path, const Disk& disk) {
  File file(open_for_writing(disk, path, O_NONBLOCK, "open "), path, disk);
  file.require_ordinary();
  return file;
}

File File::create(const std::filesystem::path& path, const Disk& disk) {
  return {open_for_writing(disk, path, O_TRUNC, "create "), path, disk};
}

File File::create_private(const std::filesystem::path& path, const Disk& disk) {
  const int descriptor = open_descriptor(disk, path, O_RDWR | O_CREAT | O_EXCL, owner_may_read_and_write);
  if (descriptor < 0) throw_errno("create " + path.string());
  return {descriptor, path, disk};
}

File::File(File&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, closed)), path_(std::move(other.path_)), disk_(other.disk_) {}

File& File::operator=(File&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(path_, other.path_);
  std::swap(disk_, other.disk_);
  return *this;
}

File::~File() {
  if (descriptor_ != closed) ::close(descriptor_);
}

void File::require_ordinary() const {
  struct stat status {};
  if (call(Disk::Call::stat, [&] { return ::fstat(descriptor_, &status); }) != 0) fail("stat");
  if (S_ISREG(status.st_mode)) return;
  throw Error(ErrorKind::storage, path_.string() + ": not a regular file")
      .hint("it is a folder, a FIFO, a device or a socket: name another file, or move it away");
}

void File::fail(const char* action) const {
  throw_errno(std::string(action) + " " + path_.string());
}

Bytes File::size() const {
  struct stat status {};
  if (call(Disk::Call::stat, [&] { return ::fstat(descriptor_, &status); }) != 0) fail("stat");
  return {static_cast<std::uint64_t>(status.st_size)};
}

std::vector<File::Extent> File::written() const {
  std::vector<Extent> extents;
  const Bytes all = size();
  const auto end = static_cast<off_t>(all.count);
  const auto seek = [this](off_t from, int what) {
    return call(Disk::Call::find_data, [&] { return ::lseek(descriptor_, from, what); });
  };
  for (off_t at = 0; at < end;) {
    const off_t first = seek(at, SEEK_DATA);
    if (first < 0 && errno == ENXIO) break;  // a hole up to the end
    at = first < 0 ? -1 : seek(first, SEEK_HOLE);
    const bool is_unknown = at < 0 && (errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP || errno == EPERM);
    if (is_unknown) return {{{}, all}};
    if (at < 0) fail("look for holes in");
    extents.push_back({{static_cast<std::uint64_t>(first)}, {static_cast<std::uint64_t>(at)}});
  }
  return extents;
}

Bytes File::block_size() const {
  struct stat status {};
  if (call(Disk::Call::stat, [&] { return ::fstat(descriptor_, &status); }) != 0) fail("stat");
  return {static_cast<std::uint64_t>(status.st_blksize)};
}

void File::preallocate(Bytes size) const {
  if (size == Bytes{}) return;
  if (call(Disk::Call::reserve, [&] { return ::fallocate(descriptor_, 0, 0, offset_of(size)); }) == 0) return;
  // ZFS, FUSE, NFS and sandboxes lack fallocate; there, a write reports that the disk is full.
  const bool is_available =
      errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL && errno != EPERM && errno != EINTR;
  if (is_available) {
    const int code = errno;
    truncate({});  // gives back the blocks that it got
    errno = code;
    fail("reserve space for");
  }
  if (this->size() < size) truncate(size);
}

void File::truncate(Bytes size) const {
  if (call(Disk::Call::resize, [&] { return ::ftruncate(descriptor_, offset_of(size)); }) != 0) fail("resize");
}

void File::write_at(Bytes offset, std::span<const std::byte> bytes) const {
  while (!bytes.empty()) {
    const std::size_t size = std::min(bytes.size(), max_write);
    const ssize_t n =
        call(Disk::Call::write, [&] { return ::pwrite(descriptor_, bytes.data(), size, offset_of(offset)); });
    if (n <= 0) fail("write");
    bytes = bytes.subspan(static_cast<std::size_t>(n));
    offset.count += static_cast<std::size_t>(n);
  }
}

void File::write_at(Bytes offset, std::span<const std::byte> head, std::span<const std::byte> tail) const {
  const std::array<iovec, 2> both = {to_write(head), to_write(tail)};
  const std::size_t written = write_some(offset, both);
  const std::size_t of_head = std::min(written, head.size());
  write_at({offset.count + of_head}, head.subspan(of_head));
  write_at({offset.count + std::max(written, head.size())}, tail.subspan(written - of_head));
}

void File::write_at(Bytes offset, const std::vector<std::span<const std::byte>>& buffers) const {
  std::vector<iovec> vectors;
  for (const auto& buffer : buffers) vectors.push_back(to_write(buffer));
  for (std::span<iovec> left(vectors); !left.empty();) {
    std::size_t written = write_some(offset, left.first(count_for_one_call(left)));
    offset += {written};
    for (; !left.empty() && written >= left.front().iov_len; left = left.subspan(1)) written -= left.front().iov_len;
    if (written == 0) continue;
    left.front().iov_base = static_cast<std::byte*>(left.front().iov_base) + written;
    left.front().iov_len -= written;
  }
}

std::size_t File::write_some(Bytes offset, std::span<const iovec> buffers) const {
  const ssize_t n = call(Disk::Call::write, [&] {
    return ::pwritev(descriptor_, buffers.data(), static_cast<int>(buffers.size()), offset_of(offset));
  });
  if (n < 0) fail("write");
  return static_cast<std::size_t>(n);
}

void File::append(std::string_view text) const {
  write_at(size(), std::as_bytes(std::span(text)));
}

std::size_t File::read_at(Bytes offset, std::span<std::byte> buffer) const {
  std::size_t done = 0;
  while (done < buffer.size()) {
    const auto rest = buffer.subspan(done);
    const off_t at = offset_of({offset.count + done});
    const ssize_t n = call(Disk::Call::read, [&] { return ::pread(descriptor_, rest.data(), rest.size(), at); });
    if (n < 0) fail("read");
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

std::string File::text() const {
  std::string text;
  std::array<std::byte, 65536> buffer;
  for (;;) {
    const std::size_t n = read_at({text.size()}, buffer);
    text.append(reinterpret_cast<const char*>(buffer.data()), n);
    if (n < buffer.size()) return text;
  }
}

void File::disable_read_ahead() const noexcept {
  // If it fails, written() names more extents, and more is verified.
  call(Disk::Call::advise, [&] { return ::posix_fadvise(descriptor_, 0, 0, POSIX_FADV_RANDOM) == 0 ? 0 : -1; });
}

void File::start_writing() const noexcept {
  // If it fails, sync() does all of the work.
  call(Disk::Call::start_writing, [&] { return ::sync_file_range(descriptor_, 0, 0, SYNC_FILE_RANGE_WRITE); });
}

void File::sync() const {
  if (call(Disk::Call::sync, [&] { return ::fdatasync(descriptor_); }) != 0) fail("sync");
}

File::Lock File::try_lock() const {
  if (call(Disk::Call::lock, [&] { return ::flock(descriptor_, LOCK_EX | LOCK_NB); }) == 0) return Lock::taken;
  if (errno == EWOULDBLOCK) return Lock::held;
  // NFS without its lock daemon, SMB, FUSE and sandboxes lack flock.
  const bool is_available =
      errno != ENOLCK && errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL && errno != EPERM;
  if (is_available) fail("lock");
  return Lock::unavailable;
}

std::string read_file(const std::filesystem::path& path, const Disk& disk) {
  const int descriptor = open_descriptor(disk, path, O_RDONLY);
  if (descriptor < 0) throw_errno("open " + path.string());
  const File file(descriptor, path, disk);
  std::string text;
  std::array<char, 65536> buffer;
  for (;;) {  // until the end, as the size of a pipe or of a file in /proc is 0
    const ssize_t n = file.call(Disk::Call::read, [&] { return ::read(descriptor, buffer.data(), buffer.size()); });
    if (n < 0) file.fail("read");
    if (n == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(n));
  }
}

std::optional<std::string> read_if_there(const std::filesystem::path& path, const Disk& disk) {
  const std::optional<File> file = File::open_if_there(path, disk);
  return file ? std::optional(file->text()) : std::nullopt;
}

std::filesystem::path beside(std::filesystem::path path) {
  path += ".new";
  return path;
}

void replace_file(const std::filesystem::path& path, std::string_view text, const Disk& disk) {
  put_in_place(File::create(beside(path), disk), path, text, disk);
}

std::filesystem::path without_links(const std::filesystem::path& path) {
  constexpr int max_links = 40;  // as many as the kernel follows
  std::filesystem::path at = path;
  for (int links = 0; links < max_links; ++links) {
    std::error_code problem;
    const std::filesystem::path folder = canonical(at.has_parent_path() ? at.parent_path() : ".", problem);
    if (problem) return at;  // opening it reports the reason
    at = folder / at.filename();
    if (named_descriptor(at)) return at;
    const std::filesystem::path target = read_symlink(at, problem);
    if (problem) return at;  // not a link
    at = folder / target;
  }
  throw Error(ErrorKind::usage, "too many symbolic links to follow: " + path.string()).hint("name the target itself");
}

std::optional<int> named_descriptor(const std::filesystem::path& path) {
  if (path.parent_path() != "/proc/" + std::to_string(::getpid()) + "/fd") return std::nullopt;
  const auto number = to_number(path.filename().string());
  return number ? std::optional(static_cast<int>(*number)) : std::nullopt;
}

}  // namespace acedt
