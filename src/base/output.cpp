// Output may go to slow or dead readers. Own descriptors are non-blocking and written in small portions after poll(),
// with a time limit; standard streams are inherited, shared with other processes and written as they are. Errors are
// stored as errno and reported once, by check().

#include "acedt/base/output.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/base/file.hpp"

namespace acedt {
namespace {

namespace fs = std::filesystem;

constexpr int max_wait = 10'000;                 // milliseconds
constexpr std::size_t max_write = 4096;          // PIPE_BUF: what a pipe that poll() reports as writable takes at once
constexpr mode_t all_may_read_and_write = 0666;  // less the umask

/// Returns a new descriptor for the file that the parent process left open as `number`.
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

/// Opens or creates `path`. Existing files are opened without O_CREAT first, as with it some kernels refuse FIFOs and
/// files of other users in sticky folders (fs.protected_fifos, fs.protected_regular).
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
    throw Error(ErrorKind::usage, path.string() + ": no process reads from it, or there is no such device")
        .hint("start the reader first");
  throw_errno("open " + path.string());
}

}  // namespace

Output::Output(int descriptor, std::string name)
    : descriptor_(descriptor), path_(std::move(name)), disk_(&Disk::real()), is_own_(false) {}

Output::Output(int descriptor, const fs::path& path, const Disk& disk)
    : descriptor_(descriptor), path_(path), disk_(&disk), is_own_(true) {}

Output Output::open(const fs::path& path, const Disk& disk) {
  const fs::path target = without_links(path);
  if (const auto number = named_descriptor(target)) return {duplicate(*number, path), path, disk};
  Output output(open_for_writing(target, disk), path, disk);
  struct stat status {};
  if (disk.call(Disk::Call::stat, target, [&] { return ::fstat(output.descriptor_, &status); }) != 0)
    throw_errno("stat " + path.string());
  if (S_ISBLK(status.st_mode)) throw Error(ErrorKind::usage, path.string() + ": is a block device").hint("name a file");
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

/// Waits until the descriptor takes data, for a standard stream without limit. Returns false, with errno set, if it
/// does not.
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
      const std::size_t size = is_own_ ? std::min(text.size(), max_write) : text.size();
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
    throw Error(ErrorKind::storage, "write to " + path_.string() + ": its reader does not read")
        .hint("make the reader continue, or write to a file");
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
