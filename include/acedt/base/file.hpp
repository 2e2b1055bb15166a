#pragma once

#include <cstddef>
#include <exception>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "acedt/base/disk.hpp"
#include "acedt/base/units.hpp"

struct iovec;

namespace acedt {

/// An open file, closed when it goes. Every failure throws Error(storage), or no_space, that names the path.
///
/// Each call goes through the Disk that the file was opened on, which must outlive it. Positional reads and writes may
/// be used from several threads at once.
class File {
 public:
  /// Opens an ordinary file for reading. Throws also where there is none (see open_if_there()), and at once where a
  /// FIFO, a device or a folder stands there.
  static File open(const std::filesystem::path& path, const Disk& disk = Disk::real());
  /// The same; unset where there is none.
  static std::optional<File> open_if_there(const std::filesystem::path& path, const Disk& disk = Disk::real());
  /// Opens an ordinary file for reading and writing, and makes an empty one where there is none. Mode 0666 less the
  /// umask. A symbolic link as the last part of `path` is not followed: here and in create().
  static File open_or_create(const std::filesystem::path& path, const Disk& disk = Disk::real());
  /// Opens an empty one for reading and writing, whatever stood there before.
  static File create(const std::filesystem::path& path, const Disk& disk = Disk::real());
  /// Makes a new one, with mode 0600. Throws also where there is one.
  static File create_private(const std::filesystem::path& path, const Disk& disk = Disk::real());

  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File();

  int descriptor() const noexcept { return descriptor_; }
  const std::filesystem::path& path() const noexcept { return path_; }

  Bytes size() const;
  /// Reserves the blocks of the first `size` bytes, so that a full disk shows now, and makes the file at least that
  /// long.
  void preallocate(Bytes size) const;
  void truncate(Bytes size) const;

  struct Extent {
    Bytes first = {};
    Bytes end = {};  ///< one behind the last byte
    bool operator==(const Extent&) const = default;
  };
  /// Where something was written, as the file system knows it (lseek(2), SEEK_DATA): all else reads as zeros. Extents
  /// end where its blocks do, so the first and the last block of one may hold such zeros too. In order; one that is all
  /// of the file where the file system does not know.
  std::vector<Extent> written() const;
  /// The size of those blocks.
  Bytes block_size() const;

  /// Writes all of `bytes` at `offset`.
  void write_at(Bytes offset, std::span<const std::byte> bytes) const;
  /// Writes `head` and behind it `tail` at `offset`, in one system call where the kernel takes it whole.
  void write_at(Bytes offset, std::span<const std::byte> head, std::span<const std::byte> tail) const;
  /// Writes `pieces`, one behind the other, at `offset`; small ones by one system call.
  void write_at(Bytes offset, const std::vector<std::span<const std::byte>>& pieces) const;
  /// Writes all of `text` at the end.
  void append(std::string_view text) const;
  /// Reads up to buffer.size() bytes at `offset`; fewer only at the end of the file.
  std::size_t read_at(Bytes offset, std::span<std::byte> buffer) const;
  /// All that is in it.
  std::string text() const;

  /// Has the kernel read what is asked for and nothing ahead of it: pages of zeros that it read count as written().
  void read_nothing_ahead() const noexcept;
  /// Makes the kernel begin to write to the disk what was written to the file, without waiting for it.
  void start_writing() const noexcept;
  /// Waits until the content is on disk (fdatasync).
  void sync() const;

  enum class Lock {
    taken,
    held,         ///< another process, or another File of this one, has it
    unavailable,  ///< the file system has no locks
  };
  /// Takes the exclusive advisory lock without waiting. It ends with the File.
  Lock try_lock() const;

 private:
  File(int descriptor, std::filesystem::path path, const Disk& disk)
      : descriptor_(descriptor), path_(std::move(path)), disk_(&disk) {}
  friend std::string read_file(const std::filesystem::path& path, const Disk& disk);
  void require_ordinary() const;
  template <class Function>
  auto call(Disk::Call which, Function function) const {
    return disk_->call(which, path_, std::move(function));
  }
  std::size_t write_some(Bytes offset, std::span<const iovec> pieces) const;
  [[noreturn]] void fail(const char* action) const;

  int descriptor_;
  std::filesystem::path path_;
  const Disk* disk_;
};

/// The whole file as text, a pipe to its end. Throws Error(storage) naming the path.
std::string read_file(const std::filesystem::path& path, const Disk& disk = Disk::real());

/// Where the new content of `path` is written first: `path`.new.
std::filesystem::path beside(std::filesystem::path path);

/// Puts `text` under `path` so that a reader, or a crash, sees the old content or the new, whole and on disk.
void replace_file(const std::filesystem::path& path, std::string_view text, const Disk& disk = Disk::real());

/// Syncs each of them, several at a time: when a disk is told to keep what it was given, that is for all who wait.
/// Returns the failure of each; null for one that is on disk.
std::vector<std::exception_ptr> sync_all(std::span<const File> files);

}  // namespace acedt
