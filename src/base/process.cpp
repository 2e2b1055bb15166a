// Runs a credential helper: posix_spawnp with a file in memory as standard input and two pipes, read with poll() until
// a pidfd reports the end of the process or the time limit is over.

#include "acedt/base/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/base/units.hpp"

namespace acedt {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t max_output = 1 << 20;
constexpr int exit_code_of_signals = 128;  // as shells report them

/// A file descriptor, closed by its destructor.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const noexcept { return number_; }

 private:
  int number_;
};

struct Pipe {
  Descriptor read;
  Descriptor write;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw_errno("pipe");
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

/// Returns a file in memory with `text`. With a pipe, this process would have to write while the program runs, and
/// would get a SIGPIPE if the program does not read.
Descriptor make_input(std::string_view text) {
  Descriptor file(::memfd_create("input", MFD_CLOEXEC));
  if (file.number() < 0) throw_errno("memfd_create");
  while (!text.empty()) {
    const ssize_t n = ::write(file.number(), text.data(), text.size());
    if (n < 0 && errno != EINTR) throw_errno("write to memory");
    if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
  }
  ::lseek(file.number(), 0, SEEK_SET);
  return file;
}

/// The start state of a child process: three descriptors, no signal blocked, and default handling of SIGPIPE and
/// SIGXFSZ, which this program ignores so that the write returns an error.
class Setup {
 public:
  Setup(int input, int output, int errors) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, errors, STDERR_FILENO);
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);  // no socket is inherited
    sigset_t none;
    sigemptyset(&none);
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    sigset_t ignored_here;
    sigemptyset(&ignored_here);
    sigaddset(&ignored_here, SIGPIPE);
    sigaddset(&ignored_here, SIGXFSZ);
    ::posix_spawnattr_setsigdefault(&attributes_, &ignored_here);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  Setup(const Setup&) = delete;
  Setup& operator=(const Setup&) = delete;
  ~Setup() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  /// Starts `command`. Returns 0 or an errno.
  int spawn(pid_t& pid, const std::vector<std::string>& command) const {
    std::vector<char*> words;
    for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));  // not written to
    words.push_back(nullptr);
    return ::posix_spawnp(&pid, words.front(), &actions_, &attributes_, words.data(), environ);
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

/// A running process. Its destructor kills it if wait() was not called.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid), ended_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {
    if (ended_.number() < 0) throw_errno("pidfd_open");
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    wait();
  }

  /// Returns a descriptor that becomes readable when the process ends.
  int ended() const noexcept { return ended_.number(); }
  /// Waits for the end. Returns the exit status, or 128 + the signal's number.
  int wait() {
    int status = 0;
    const pid_t pid = std::exchange(pid_, -1);
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : exit_code_of_signals + WTERMSIG(status);
  }

 private:
  pid_t pid_;
  Descriptor ended_;
};

/// Appends what can be read without waiting. Returns false at the end of the stream.
bool drain(int descriptor, std::string& text, const std::string& program) {
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t n = ::read(descriptor, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return true;
    if (n <= 0) return false;
    text.append(buffer.data(), static_cast<std::size_t>(n));
    if (text.size() > max_output)
      throw Error(ErrorKind::storage, program + " wrote more than 1 MiB").hint("run it by hand to see what it writes");
  }
}

/// Reads until the program itself has ended. Not until the pipes are closed: a process that it started may keep them
/// open.
void listen(const Child& child, int output, int errors, ProcessResult& result, const std::string& program,
            std::chrono::milliseconds limit) {
  const Clock::time_point deadline = Clock::now() + limit;
  std::array<pollfd, 3> sources = {pollfd{child.ended(), POLLIN, 0}, pollfd{output, POLLIN, 0},
                                   pollfd{errors, POLLIN, 0}};
  while (sources[0].revents == 0) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0)
      throw Error(ErrorKind::storage, program + " took longer than " + human(limit))
          .hint("run it by hand: it may ask for something");
    if (::poll(sources.data(), sources.size(), static_cast<int>(left.count())) < 0 && errno != EINTR)
      throw_errno("poll");
    // poll() skips negative descriptors; one at its end would always be ready.
    if (sources[1].fd >= 0 && !drain(output, result.output, program)) sources[1].fd = -1;
    if (sources[2].fd >= 0 && !drain(errors, result.errors, program)) sources[2].fd = -1;
  }
  drain(output, result.output, program);
  drain(errors, result.errors, program);
}

}  // namespace

std::optional<ProcessResult> run_program(const std::vector<std::string>& command, std::string_view input,
                                         std::chrono::milliseconds limit) {
  const std::string& program = command.front();
  const Descriptor given = make_input(input);
  std::optional<Pipe> output = make_pipe();
  std::optional<Pipe> errors = make_pipe();
  pid_t pid = -1;
  const int failure = Setup(given.number(), output->write.number(), errors->write.number()).spawn(pid, command);
  if (failure == ENOENT) return std::nullopt;
  if (failure != 0) {
    errno = failure;
    throw_errno("start " + program);
  }
  Child child(pid);
  const Descriptor from_output = std::move(output->read);
  const Descriptor from_errors = std::move(errors->read);
  output.reset();  // close our copies of the program's ends, so that reading comes to an end
  errors.reset();
  ProcessResult result{};
  listen(child, from_output.number(), from_errors.number(), result, program, limit);
  result.status = child.wait();
  return result;
}

}  // namespace acedt
