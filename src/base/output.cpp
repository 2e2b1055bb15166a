#include "acedt/base/output.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"

namespace acedt {
namespace {

namespace fs = std::filesystem;

constexpr int max_wait = 10'000;       // milliseconds
constexpr std::size_t at_once = 4096;  // PIPE_BUF: what a pipe that poll() calls writable takes without waiting
constexpr mode_t all_may_read_and_write = 0666;  // less the umask

/// The descriptor that a path without links names: /proc/PID/fd/3.
std::optional<int> descriptor_of(const fs::path& path) {
  if (path.parent_path() != "/proc/" + std::to_string(::getpid()) + "/fd") return std::nullopt;
  const auto number = to_number(path.filename().string());
  return number ? std::optional(static_cast<int>(*number)) : std::nullopt;
}

/// Another descriptor for the file of `number`, which the parent process left open.
int duplicate(int number, const fs::path& path) {
  const int flags = ::fcntl(number, F_GETFL);
  const bool is_ours = (::fcntl(number, F_GETFD) & FD_CLOEXEC) != 0;
  if (flags < 0 || is_ours || (flags & O_ACCMODE) == O_RDONLY)
    throw Error(ErrorKind::usage, path.string() + ": not open for writing")
        .hint("open it for the program, as in: ace-dt … 3> report.json");
  const int copy = ::fcntl(number, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (copy < 0) throw_errno("open " + path.string());
  return copy;
}

int open_for_writing(const fs::path& path, const Disk& disk) {
  const auto open = [&](int more) {
    return disk.call(Disk::Call::open, path, [&] {
      return ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | more, all_may_read_and_write);
    });
  };
  int descriptor = open(O_TRUNC);
  if (descriptor < 0 && errno == ENOENT) descriptor = open(O_CREAT | O_EXCL);
  if (descriptor >= 0) return descriptor;
  if (errno == EISDIR) throw Error(ErrorKind::usage, path.string() + ": is a folder").hint("name a file");
  if (errno == ENXIO)
    throw Error(ErrorKind::usage, path.string() + ": nobody reads from it, or there is no such device")
        .hint("start the reader first");
  throw_errno("open " + path.string());
}

}  // namespace

fs::path without_links(const fs::path& path) {
  constexpr int max_links = 40;  // as the kernel follows
  fs::path at = path;
  for (int links = 0; links < max_links; ++links) {
    std::error_code problem;
    const fs::path folder = fs::canonical(at.has_parent_path() ? at.parent_path() : ".", problem);
    if (problem) return at;  // opening it says why
    at = folder / at.filename();
    if (descriptor_of(at)) return at;
    const fs::path target = fs::read_symlink(at, problem);
    if (problem) return at;  // no link
    at = folder / target;
  }
  throw Error(ErrorKind::usage, path.string() + ": too many links to follow");
}

bool names_descriptor(const fs::path& path) {
  return descriptor_of(path).has_value();
}

Output::Output(int descriptor, std::string name)
    : descriptor_(descriptor), path_(std::move(name)), disk_(&Disk::real()), is_own_(false) {}

Output::Output(int descriptor, const fs::path& path, const Disk& disk)
    : descriptor_(descriptor), path_(path), disk_(&disk), is_own_(true) {}

Output Output::open(const fs::path& path, const Disk& disk) {
  const fs::path target = without_links(path);
  if (const auto number = descriptor_of(target)) return {duplicate(*number, path), path, disk};
  Output output(open_for_writing(target, disk), path, disk);
  struct stat status {};
  if (disk.call(Disk::Call::stat, target, [&] { return ::fstat(output.descriptor_, &status); }) != 0)
    throw_errno("stat " + path.string());
  if (S_ISBLK(status.st_mode)) throw Error(ErrorKind::usage, path.string() + ": is a disk").hint("name a file");
  return output;
}

Output::Output(Output&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      path_(std::move(other.path_)),
      disk_(other.disk_),
      is_own_(std::exchange(other.is_own_, false)),
      failure_(other.failure_.load()) {}

Output::~Output() {
  if (is_own_) ::close(descriptor_);
}

/// True when it may be written to. A standard stream may be held back by its reader for as long as that likes.
bool Output::wait_for_room() const {
  pollfd room{descriptor_, POLLOUT, 0};
  const int ready = disk_->call(Disk::Call::write, path_, [&] { return ::poll(&room, 1, is_own_ ? max_wait : -1); });
  if (ready == 0) errno = ETIMEDOUT;
  return ready > 0;
}

void Output::write(std::string_view text) {
  while (!text.empty() && failure_ == 0) {
    ssize_t n = -1;
    if (!is_own_ || wait_for_room()) {
      const std::size_t size = is_own_ ? std::min(text.size(), at_once) : text.size();
      n = disk_->call(Disk::Call::write, path_, [&] { return ::write(descriptor_, text.data(), size); });
    }
    if (n < 0 && errno == EAGAIN && wait_for_room()) continue;
    if (n <= 0) failure_ = n < 0 ? errno : EIO;
    if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
  }
}

void Output::sync() {
  if (failure_ != 0) return;
  const bool is_done = disk_->call(Disk::Call::sync, path_, [&] { return ::fdatasync(descriptor_); }) == 0;
  const bool is_available = errno != EINVAL && errno != EROFS && errno != ENOSYS && errno != EOPNOTSUPP;
  if (!is_done && is_available) failure_ = errno;
}

void Output::check() const {
  if (failure_ == 0) return;
  if (failure_ == ETIMEDOUT)
    throw Error(ErrorKind::storage, "write to " + path_.string() + ": nobody reads from it")
        .hint("let something read from it, or write to a file");
  errno = failure_;
  throw_errno("write to " + path_.string());
}

std::streambuf::int_type OutputStream::overflow(std::streambuf::int_type character) {
  using Traits = std::streambuf::traits_type;
  if (character == Traits::eof()) return Traits::not_eof(character);
  const char one = Traits::to_char_type(character);
  output_.write({&one, 1});
  return character;
}

std::streamsize OutputStream::xsputn(const char* text, std::streamsize size) {
  output_.write({text, static_cast<std::size_t>(size)});
  return size;
}

}  // namespace acedt
