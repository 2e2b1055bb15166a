#include "acedt/base/disk.hpp"

#include "acedt/base/error.hpp"
#include "acedt/base/file.hpp"
#include "acedt/base/text.hpp"
#include "support/failure.hpp"
#include "support/faulty_disk.hpp"
#include "support/scratch.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace acedt;
using testing::failure;
using testing::FaultyDisk;
using testing::Scratch;
using Call = Disk::Call;
namespace fs = std::filesystem;

TEST_CASE("a call that a signal interrupts is repeated") {
  const Scratch scratch;
  for (int call = 0; call < Disk::calls; ++call) {
    const FaultyDisk disk(FaultyDisk::once(Call{call}, EINTR));
    const File file = File::create(scratch / "a", disk);
    file.preallocate(100_B);
    file.write_at(0_B, as_bytes("hello"));
    file.write_at(5_B, as_bytes(", "), as_bytes("world"));
    file.truncate(12_B);
    file.start_writing();
    file.disable_read_ahead();
    file.sync();
    CHECK(file.written().size() == 1);
    CHECK(file.try_lock() == File::Lock::taken);
    CHECK(read_file(scratch / "a", disk) == "hello, world");
    disk.make_directory(scratch / "b" / std::to_string(call));
    CHECK(disk.rename_new(scratch / "a", scratch / "c"));
    disk.rename(scratch / "c", scratch / "d");
    CHECK(disk.list(scratch.path()).size() == 2);
    CHECK(disk.free_space(scratch.path()));
    CHECK(disk.remove(scratch / "d"));
  }
}

TEST_CASE("a directory that cannot be synced is ignored, but one whose sync fails is an error") {
  const Scratch scratch;
  for (const int code : {EINVAL, EOPNOTSUPP, ENOSYS, EBADF}) {
    FaultyDisk(FaultyDisk::always(Call::sync_directory, code)).sync_directory(scratch.path());
  }
  const FaultyDisk broken(FaultyDisk::always(Call::sync_directory, EIO));
  CHECK(failure(ErrorKind::storage, [&] { broken.sync_directory(scratch.path()); }) ==
        "sync " + scratch.path().string() + ": Input/output error");
  CHECK(failure(ErrorKind::storage, [&] {
          Disk::real().sync_directory(scratch / "missing");
        }).starts_with("open " + (scratch / "missing").string()));
}

TEST_CASE("a file system that interrupts every call does not hold the run up for ever") {
  const Scratch scratch;
  for (const Call call : {Call::write, Call::resize, Call::sync}) {
    const FaultyDisk disk(FaultyDisk::always(call, EINTR));
    const File file = File::create(scratch / "a", disk);
    failure(ErrorKind::storage, [&] {
      file.write_at({}, as_bytes("text"));
      file.truncate(1_B);
      file.sync();
    });
  }
}

TEST_CASE("a failed sync of a file is always an error") {
  const Scratch scratch;
  for (const int code : {EINVAL, EOPNOTSUPP, ENOSYS, EIO, EROFS}) {
    const FaultyDisk disk(FaultyDisk::always(Call::sync, code));
    const File file = File::create(scratch / "a", disk);
    failure(ErrorKind::storage, [&] { file.sync(); });
  }
}

TEST_CASE("without fallocate the file is only made longer; without enough space that is an error") {
  const Scratch scratch;
  for (const int code : {EOPNOTSUPP, ENOSYS, EINVAL, EPERM, EINTR}) {
    const FaultyDisk disk(FaultyDisk::always(Call::reserve, code));
    const File file = File::create(scratch / "a", disk);
    file.preallocate(1_MiB);
    CHECK(file.size() == 1_MiB);
  }
  for (const int code : {ENOSPC, EDQUOT}) {
    const FaultyDisk disk(FaultyDisk::always(Call::reserve, code));
    const File file = File::create(scratch / "a", disk);
    failure(ErrorKind::no_space, [&] { file.preallocate(1_MiB); });
    CHECK(file.size() == 0_B);
  }
}

TEST_CASE("rename_new() never replaces a file, also without RENAME_NOREPLACE") {
  const Scratch scratch;
  for (const int code : {0, EINVAL, ENOSYS, EOPNOTSUPP, EPERM}) {
    const FaultyDisk disk(FaultyDisk::always(Call::rename_new, code));
    scratch.file("theirs", "theirs");
    scratch.file("ours", "ours");
    CHECK_FALSE(disk.rename_new(scratch / "ours", scratch / "theirs"));
    CHECK(read_file(scratch / "theirs") == "theirs");
    CHECK(disk.rename_new(scratch / "ours", scratch / "free"));
    CHECK(read_file(scratch / "free") == "ours");
    CHECK(disk.remove(scratch / "free"));
    failure(ErrorKind::storage, [&] { disk.rename_new(scratch / "missing", scratch / "free"); });
  }
}

TEST_CASE("free space is unset if the file system does not report it") {
  const Scratch scratch;
  CHECK(Disk::real().free_space(scratch.path()));
  for (const int code : {ENOSYS, EPERM, EIO})
    CHECK_FALSE(FaultyDisk(FaultyDisk::always(Call::space, code)).free_space(scratch.path()));
  CHECK_FALSE(Disk::real().free_space("/proc"));  // has 0 blocks of 0
}

TEST_CASE("without SEEK_DATA the whole file counts as written") {
  const Scratch scratch;
  const auto path = scratch.file("a", "hello");
  const FaultyDisk disk(FaultyDisk::always(Call::find_data, EINVAL));
  CHECK(File::open(path, disk).written() == std::vector<File::Extent>{{0_B, 5_B}});
}

TEST_CASE("a file system without locks is reported as such") {
  const Scratch scratch;
  for (const int code : {ENOLCK, EOPNOTSUPP, ENOSYS, EINVAL, EPERM}) {
    const FaultyDisk disk(FaultyDisk::always(Call::lock, code));
    CHECK(File::create(scratch / "lock", disk).try_lock() == File::Lock::unavailable);
  }
  const FaultyDisk broken(FaultyDisk::always(Call::lock, EIO));
  failure(ErrorKind::storage, [&] { File::create(scratch / "lock", broken).try_lock(); });
}

TEST_CASE("make_directory() makes missing parents and accepts a link to a directory") {
  const Scratch scratch;
  const Disk& disk = Disk::real();
  disk.make_directory(scratch / "a" / "b" / "c");
  fs::create_directory_symlink(scratch / "a", scratch / "link");
  disk.make_directory(scratch / "link" / "b" / "d");
  CHECK(fs::is_directory(scratch / "a" / "b" / "d"));
  scratch.file("file", "");
  CHECK(failure(ErrorKind::storage, [&] { disk.make_directory(scratch / "file"); }) ==
        "make directory " + (scratch / "file").string() + ": File exists");
}

TEST_CASE("list() returns names, and status() type and size") {
  const Scratch scratch;
  const Disk& disk = Disk::real();
  CHECK(disk.list(scratch.path()).empty());
  scratch.file("a", "hello");
  fs::create_symlink("a", scratch / "b");
  std::vector<std::string> names = disk.list(scratch.path());
  std::ranges::sort(names);
  CHECK(names == std::vector<std::string>{"a", "b"});
  CHECK(disk.status(scratch / "a")->size == 5_B);
  CHECK(disk.status(scratch / "b")->type == fs::file_type::symlink);
  CHECK_FALSE(disk.status(scratch / "c"));
  CHECK_FALSE(disk.exists(scratch / "a" / "c"));
  CHECK_FALSE(disk.remove(scratch / "c"));
  failure(ErrorKind::storage, [&] { disk.list(scratch / "c"); });
}

TEST_CASE("opening a FIFO or a folder fails at once") {
  const Scratch scratch;
  REQUIRE(::mkfifo((scratch / "fifo").c_str(), 0600) == 0);
  fs::create_directory(scratch / "folder");
  for (const char* name : {"fifo", "folder"}) {
    const auto path = scratch / name;
    failure(ErrorKind::storage, [&] { File::open(path); });
    failure(ErrorKind::storage, [&] { File::open_if_there(path); });
    failure(ErrorKind::storage, [&] { File::open_or_create(path); });
  }
  CHECK(failure(ErrorKind::storage, [&] { File::open("/dev/null"); }) == "/dev/null: not a regular file");
}
