#include "acedt/base/file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <future>
#include <utility>

#include "acedt/base/error.hpp"

namespace acedt {
namespace {

constexpr mode_t all_may_read_and_write = 0666;  // less the umask
constexpr mode_t owner_may_read_and_write = 0600;
constexpr int closed = -1;

// Of one system call. For more at once the page cache looks for memory in larger pieces; where that is scarce, as on
// virtual machines, it takes longer than the copy.
constexpr std::size_t largest_write = 256 << 10;

int open_descriptor(const std::filesystem::path& path, int flags, mode_t mode = all_may_read_and_write) {
  int descriptor = closed;
  do {
    descriptor = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (descriptor < 0 && errno == EINTR);
  return descriptor;
}

int open_for_writing(const std::filesystem::path& path, int flags, const char* action) {
  const int descriptor = open_descriptor(path, flags | O_RDWR | O_CREAT | O_NOFOLLOW);
  if (descriptor >= 0) return descriptor;
  if (errno != ELOOP) throw_errno(action + path.string());
  throw Error(ErrorKind::storage, path.string() + ": is a symbolic link, which is not followed")
      .hint("put the file itself there, or remove the link");
}

/// Fills `fresh` and gives it the name `path`.
void put_in_place(const File& fresh, const std::filesystem::path& path, std::string_view text) {
  fresh.append(text);
  fresh.sync();
  if (std::rename(fresh.path().c_str(), path.c_str()) != 0) throw_errno("rename " + fresh.path().string());
  sync_directory(path.parent_path());
}

off_t offset_of(Bytes bytes) {
  return static_cast<off_t>(bytes.count);
}

/// iovec is not const-correct; pwritev does not write through it.
iovec to_write(std::span<const std::byte> bytes) {
  return {const_cast<std::byte*>(bytes.data()), bytes.size()};
}

/// How many of `pieces`, from the front, one call writes.
std::size_t at_once(std::span<const iovec> pieces) {
  constexpr std::size_t most = 1024;  // IOV_MAX
  std::size_t count = 0;
  for (std::size_t bytes = 0; count < std::min(most, pieces.size()) && bytes < largest_write; ++count)
    bytes += pieces[count].iov_len;
  return count;
}

}  // namespace

File File::open(const std::filesystem::path& path) {
  const int descriptor = open_descriptor(path, O_RDONLY);
  if (descriptor < 0) throw_errno("open " + path.string());
  return {descriptor, path};
}

std::optional<File> File::open_if_there(const std::filesystem::path& path) {
  const int descriptor = open_descriptor(path, O_RDONLY);
  if (descriptor >= 0) return File(descriptor, path);
  if (errno == ENOENT) return std::nullopt;
  throw_errno("open " + path.string());
}

File File::open_or_create(const std::filesystem::path& path) {
  return {open_for_writing(path, 0, "open "), path};
}

File File::create(const std::filesystem::path& path) {
  return {open_for_writing(path, O_TRUNC, "create "), path};
}

File File::create_private(const std::filesystem::path& path) {
  const int descriptor = open_descriptor(path, O_RDWR | O_CREAT | O_EXCL, owner_may_read_and_write);
  if (descriptor < 0) throw_errno("create " + path.string());
  return {descriptor, path};
}

File::File(File&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, closed)), path_(std::move(other.path_)) {}

File& File::operator=(File&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(path_, other.path_);
  return *this;
}

File::~File() {
  if (descriptor_ != closed) ::close(descriptor_);
}

void File::fail(const char* action) const {
  throw_errno(std::string(action) + " " + path_.string());
}

Bytes File::size() const {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) fail("stat");
  return {static_cast<std::uint64_t>(status.st_size)};
}

std::vector<File::Extent> File::written() const {
  std::vector<Extent> extents;
  const auto end = static_cast<off_t>(size().count);
  for (off_t at = 0; at < end;) {
    const off_t first = ::lseek(descriptor_, at, SEEK_DATA);
    if (first < 0 && errno == ENXIO) break;  // a hole up to the end
    at = first < 0 ? -1 : ::lseek(descriptor_, first, SEEK_HOLE);
    if (at < 0) fail("look for holes in");
    extents.push_back({{static_cast<std::uint64_t>(first)}, {static_cast<std::uint64_t>(at)}});
  }
  return extents;
}

Bytes File::block_size() const {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) fail("stat");
  return {static_cast<std::uint64_t>(status.st_blksize)};
}

void File::preallocate(Bytes size) const {
  if (size == Bytes{} || ::fallocate(descriptor_, 0, 0, offset_of(size)) == 0) return;
  if (errno != EOPNOTSUPP && errno != ENOSYS) {
    const int code = errno;
    truncate({});  // gives back what it got
    errno = code;
    fail("reserve space for");
  }
  if (this->size() < size) truncate(size);  // a file system without fallocate: a full disk shows later
}

void File::truncate(Bytes size) const {
  if (::ftruncate(descriptor_, offset_of(size)) != 0) fail("resize");
}

void File::write_at(Bytes offset, std::span<const std::byte> bytes) const {
  while (!bytes.empty()) {
    const std::size_t size = std::min(bytes.size(), largest_write);
    const ssize_t n = ::pwrite(descriptor_, bytes.data(), size, offset_of(offset));
    if (n < 0 && errno == EINTR) continue;
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

void File::write_at(Bytes offset, const std::vector<std::span<const std::byte>>& pieces) const {
  std::vector<iovec> vectors;
  for (const auto& piece : pieces) vectors.push_back(to_write(piece));
  for (std::span<iovec> left(vectors); !left.empty();) {
    std::size_t written = write_some(offset, left.first(at_once(left)));
    offset += {written};
    for (; !left.empty() && written >= left.front().iov_len; left = left.subspan(1)) written -= left.front().iov_len;
    if (written == 0) continue;
    left.front().iov_base = static_cast<std::byte*>(left.front().iov_base) + written;
    left.front().iov_len -= written;
  }
}

std::size_t File::write_some(Bytes offset, std::span<const iovec> pieces) const {
  const ssize_t n = ::pwritev(descriptor_, pieces.data(), static_cast<int>(pieces.size()), offset_of(offset));
  if (n < 0 && errno != EINTR) fail("write");
  return n < 0 ? 0 : static_cast<std::size_t>(n);
}

void File::append(std::string_view text) const {
  write_at(size(), std::as_bytes(std::span(text)));
}

std::size_t File::read_at(Bytes offset, std::span<std::byte> buffer) const {
  std::size_t done = 0;
  while (done < buffer.size()) {
    const ssize_t n =
        ::pread(descriptor_, buffer.data() + done, buffer.size() - done, offset_of({offset.count + done}));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("read");
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

void File::read_nothing_ahead() const noexcept {
  ::posix_fadvise(descriptor_, 0, 0, POSIX_FADV_RANDOM);  // if that fails, more has to be verified
}

void File::start_writing() const noexcept {
  ::sync_file_range(descriptor_, 0, 0, SYNC_FILE_RANGE_WRITE);  // if that fails, sync() does all of it
}

void File::sync() const {
  if (::fdatasync(descriptor_) != 0) fail("sync");
}

bool File::try_lock() const {
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return true;
  if (errno == EWOULDBLOCK) return false;
  fail("lock");
}

std::string read_file(const std::filesystem::path& path) {
  const File file = File::open(path);
  std::string text;
  std::array<std::byte, 65536> buffer;
  for (;;) {  // not by size(): a pipe has none
    const ssize_t n = ::read(file.descriptor(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_errno("read " + path.string());
    if (n == 0) return text;
    text.append(reinterpret_cast<const char*>(buffer.data()), static_cast<std::size_t>(n));
  }
}

std::filesystem::path beside(std::filesystem::path path) {
  path += ".new";
  return path;
}

void replace_file(const std::filesystem::path& path, std::string_view text) {
  put_in_place(File::create(beside(path)), path, text);
}

void replace_private_file(const std::filesystem::path& path, std::string_view text) {
  std::error_code not_there;
  const std::filesystem::path target = std::filesystem::canonical(path, not_there);
  const std::filesystem::path& replaced = not_there ? path : target;
  ::unlink(beside(replaced).c_str());  // of somebody who was interrupted
  put_in_place(File::create_private(beside(replaced)), replaced, text);
}

Bytes free_space(const std::filesystem::path& path) {
  struct statvfs status {};
  if (::statvfs(path.c_str(), &status) != 0) throw_errno("look for free space in " + path.string());
  return {static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize};
}

Bytes space_taken(const std::filesystem::path& path) {
  struct stat status {};
  constexpr std::uint64_t unit = 512;  // of st_blocks, whatever the file system
  return {::lstat(path.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_blocks) * unit : 0};
}

void sync_directory(const std::filesystem::path& directory) {
  const int descriptor = open_descriptor(directory.empty() ? "." : directory, O_RDONLY | O_DIRECTORY);
  if (descriptor < 0) throw_errno("open " + directory.string());
  const int result = ::fsync(descriptor);
  const int code = errno;
  ::close(descriptor);
  errno = code;
  if (result != 0) throw_errno("sync " + directory.string());
}

void sync_all(std::span<const File> files) {
  constexpr std::size_t at_once = 8;
  std::atomic<std::size_t> next{0};
  const auto sync_some = [&] {
    for (std::size_t i = next++; i < files.size(); i = next++) files[i].sync();
  };
  std::vector<std::future<void>> others;
  for (std::size_t i = 1; i < std::min(at_once, files.size()); ++i) others.push_back(std::async(sync_some));
  sync_some();
  for (std::future<void>& other : others) other.get();
}

}  // namespace acedt
