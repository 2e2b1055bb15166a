#include "acedt/base/output.hpp"

#include "acedt/base/file.hpp"
#include "support/failure.hpp"
#include "support/faulty_disk.hpp"
#include "support/scratch.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>

using namespace acedt;
using namespace acedt::testing;
namespace fs = std::filesystem;

namespace {

/// A pipe whose ends are closed with it.
class Pipe {
 public:
  Pipe() { REQUIRE(::pipe(ends_.data()) == 0); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_reader();
    ::close(ends_[1]);
  }
  void close_reader() {
    if (ends_[0] >= 0) ::close(ends_[0]);
    ends_[0] = -1;
  }
  std::string read() {
    std::string text(1000, '\0');
    text.resize(static_cast<std::size_t>(::read(ends_[0], text.data(), text.size())));
    return text;
  }
  int writer() const { return ends_[1]; }

 private:
  std::array<int, 2> ends_{};
};

}  // namespace

TEST_CASE("an output creates a file, or empties an existing one, and follows links") {
  const Scratch scratch;
  scratch.file("old", "an older text");
  fs::create_symlink("old", scratch / "link");
  fs::create_symlink("new", scratch / "dangling");
  for (const auto* name : {"link", "dangling"}) {
    Output output = Output::open(scratch / name);
    output.write("a");
    output.write("b");
    output.sync();
    output.check();
    CHECK(fs::is_symlink(scratch / name));
  }
  CHECK(read_file(scratch / "old") == "ab");
  CHECK(read_file(scratch / "new") == "ab");
}

TEST_CASE("links may lead to a missing file, a circle is an error, and names of descriptors are not followed") {
  const Scratch scratch;
  const fs::path folder = fs::canonical(scratch.path());
  fs::create_directory(scratch / "in");
  fs::create_symlink("in", scratch / "folder");
  fs::create_symlink("folder/x", scratch / "link");
  fs::create_symlink("round", scratch / "round");
  CHECK(without_links(scratch / "link") == folder / "in/x");
  CHECK(without_links(scratch / "none/x") == scratch / "none/x");
  CHECK_FALSE(failure(ErrorKind::usage, [&] { without_links(scratch / "round"); }).empty());
  const fs::path descriptors = "/proc/" + std::to_string(::getpid()) + "/fd";
  CHECK(without_links("/dev/stdout") == descriptors / "1");
  CHECK(without_links("/dev/fd/3") == descriptors / "3");
}

TEST_CASE("a device is written to and not replaced, and its errors are reported") {
  {
    Output null = Output::open("/dev/null");
    null.write("a");
    null.sync();
    null.check();
  }
  CHECK(fs::is_character_file("/dev/null"));
  Output full = Output::open("/dev/full");
  full.write("a");
  full.write("b");
  CHECK(failure(ErrorKind::no_space, [&] { full.check(); }) == "write to /dev/full: No space left on device");
}

TEST_CASE("a FIFO is written to if it has a reader, and refused at once if not") {
  const Scratch scratch;
  const fs::path fifo = scratch / "fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  CHECK(failure(ErrorKind::usage, [&] { Output::open(fifo); }).find("no process reads from it") != std::string::npos);
  const int reader = ::open(fifo.c_str(), O_RDONLY | O_NONBLOCK);
  Output output = Output::open(fifo);
  output.write("abc");
  output.check();
  std::array<char, 10> text{};
  CHECK(::read(reader, text.data(), text.size()) == 3);
  ::close(reader);
  CHECK(fs::is_fifo(fifo));
}

TEST_CASE("a folder and a descriptor that is not open for writing are refused") {
  const Scratch scratch;
  CHECK(failure(ErrorKind::usage, [&] { Output::open(scratch.path()); }).find("is a folder") != std::string::npos);
  CHECK(failure(ErrorKind::usage, [] { Output::open("/dev/fd/1000"); }) == "/dev/fd/1000: not open for writing");
  CHECK_FALSE(failure(ErrorKind::storage, [&] { Output::open(scratch / "none/x"); }).empty());
}

TEST_CASE("the name of a descriptor continues at that descriptor's position") {
  Pipe pipe;
  Output output = Output::open("/dev/fd/" + std::to_string(pipe.writer()));
  output.write("abc");
  output.check();
  CHECK(pipe.read() == "abc");

  const Scratch scratch;
  scratch.file("log", "");
  const int log = ::open((scratch / "log").c_str(), O_WRONLY);
  REQUIRE(::write(log, "first ", 6) == 6);
  Output::open("/proc/self/fd/" + std::to_string(log)).write("second ");
  REQUIRE(::write(log, "third", 5) == 5);
  ::close(log);
  CHECK(read_file(scratch / "log") == "first second third");
}

TEST_CASE("after a failure nothing is written, and check() throws the first failure") {
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  Pipe pipe;
  Output output(pipe.writer(), "standard output");
  OutputStream stream(output);
  stream << "a" << 'b' << 1 << std::flush;
  CHECK(pipe.read() == "ab1");
  pipe.close_reader();
  stream << "c" << std::flush;
  CHECK(stream.good());
  CHECK(failure(ErrorKind::storage, [&] { output.check(); }) == "write to standard output: Broken pipe");
  std::signal(SIGPIPE, before);
}

TEST_CASE("the rest of a text waits until the stream has room") {
  Pipe pipe;
  ::fcntl(pipe.writer(), F_SETFL, O_NONBLOCK);
  while (::write(pipe.writer(), "x", 1) == 1) continue;  // fill the pipe
  const pid_t reader = ::fork();
  if (reader == 0) {
    for (std::size_t left = 65536 + 3; left > 0;) left -= pipe.read().size();
    ::_exit(0);
  }
  Output output(pipe.writer(), "standard output");
  output.write("abc");
  output.check();
  int status = 1;
  ::waitpid(reader, &status, 0);
  CHECK(status == 0);
}

TEST_CASE("a file system without fdatasync is fine, but a failing disk is an error") {
  const Scratch scratch;
  for (const int code : {EINVAL, EROFS, ENOSYS, EOPNOTSUPP, 0, EIO}) {
    const FaultyDisk disk(FaultyDisk::always(Disk::Call::sync, code));
    Output output = Output::open(scratch / "file", disk);
    output.write("a");
    output.sync();
    if (code == EIO)
      CHECK_FALSE(failure(ErrorKind::storage, [&] { output.check(); }).empty());
    else
      output.check();
  }
}
