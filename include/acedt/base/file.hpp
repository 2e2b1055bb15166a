#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "acedt/base/disk.hpp"
#include "acedt/base/units.hpp"

struct iovec;

namespace acedt {

/// An open file, closed by its destructor. Failures throw Error(storage) or Error(no_space) and name the path.
///
/// Each call goes through the Disk that the file was opened on, which must outlive it. write_at() and read_at() may be
/// called from several threads at once.
class File {
 public:
  /// Opens a regular file for reading. Throws Error(storage) if it does not exist, and also, without waiting, if `path`
  /// is a FIFO, a device or a folder.
  static File open(const std::filesystem::path& path, const Disk& disk = Disk::real());
  /// Like open(), but returns nullopt if the file does not exist.
  static std::optional<File> open_if_there(const std::filesystem::path& path, const Disk& disk = Disk::real());
  /// Opens a regular file for reading and writing; creates an empty one, with mode 0666 less the umask, if it does not
  /// exist. Throws Error(storage) if `path` is a symbolic link, as create() does.
  static File open_or_create(const std::filesystem::path& path, const Disk& disk = Disk::real());
  /// Creates an empty file for reading and writing, or empties an existing one.
  static File create(const std::filesystem::path& path, const Disk& disk = Disk::real());
  /// Creates a file with mode 0600. Throws Error(storage) if it exists.
  static File create_private(const std::filesystem::path& path, const Disk& disk = Disk::real());

  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File();

  int descriptor() const noexcept { return descriptor_; }
  const std::filesystem::path& path() const noexcept { return path_; }

  Bytes size() const;
  /// Reserves the blocks of the first `size` bytes, and makes the file at least that long. Throws Error(no_space) now
  /// instead of in a later write, if the file system supports it.
  void preallocate(Bytes size) const;
  void truncate(Bytes size) const;

  /// A range of bytes of the file.
  struct Extent {
    Bytes first = {};
    Bytes end = {};  ///< one past the last byte
    bool operator==(const Extent&) const = default;
  };
  /// Returns, in order, the extents that the file system has data for (lseek(2), SEEK_DATA); the rest reads as zeros.
  /// Extents are whole blocks, so the first and the last block of one may contain bytes that were never written.
  /// Returns one extent, the whole file, if the file system cannot tell.
  std::vector<Extent> written() const;
  /// Returns the size of those blocks.
  Bytes block_size() const;

  /// Writes all of `bytes` at `offset`.
  void write_at(Bytes offset, std::span<const std::byte> bytes) const;
  /// Writes `head`, then `tail`, at `offset`: one system call if the kernel takes all of it.
  void write_at(Bytes offset, std::span<const std::byte> head, std::span<const std::byte> tail) const;
  /// Writes `buffers`, one after another, at `offset`; several small ones with each system call.
  void write_at(Bytes offset, const std::vector<std::span<const std::byte>>& buffers) const;
  /// Writes all of `text` at the end of the file.
  void append(std::string_view text) const;
  /// Reads up to buffer.size() bytes at `offset`. Returns the count, which is smaller only at the end of the file.
  std::size_t read_at(Bytes offset, std::span<std::byte> buffer) const;
  /// Returns the whole content.
  std::string text() const;

  /// Turns the kernel's read-ahead off: pages of a hole that it reads count as written(). Ignores failures.
  void disable_read_ahead() const noexcept;
  /// Makes the kernel start to flush the file to the disk, without waiting. Ignores failures.
  void start_writing() const noexcept;
  /// Waits until the content is on disk (fdatasync).
  void sync() const;

  enum class Lock {
    taken,
    held,         ///< another process, or another File of this process, holds it
    unavailable,  ///< the file system does not support locks
  };
  /// Takes the exclusive advisory lock (flock(2)) without waiting. Closing the File releases it.
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
  std::size_t write_some(Bytes offset, std::span<const iovec> buffers) const;
  [[noreturn]] void fail(const char* action) const;

  int descriptor_;
  std::filesystem::path path_;
  const Disk* disk_;
};

/// Returns the whole content of a file, or of a pipe up to its end. Throws Error(storage) naming the path.
std::string read_file(const std::filesystem::path& path, const Disk& disk = Disk::real());

/// Returns the whole content of a regular file, or nullopt if it does not exist. Throws as File::open() does.
std::optional<std::string> read_if_there(const std::filesystem::path& path, const Disk& disk = Disk::real());

/// Returns `path`.new, where replace_file() writes the new content.
std::filesystem::path beside(std::filesystem::path path);

/// Replaces the content of `path` by `text`: a reader, or a crash, sees the old content or the new one, whole and on
/// disk. Throws Error(storage) or Error(no_space).
void replace_file(const std::filesystem::path& path, std::string_view text, const Disk& disk = Disk::real());

/// Returns `path` with all symbolic links followed; its target need not exist. A path that names a descriptor of this
/// process, such as /dev/stdout or /dev/fd/3, becomes /proc/PID/fd/N, not the file that the descriptor is open on.
/// Throws Error(usage) after 40 links, the kernel's limit.
std::filesystem::path without_links(const std::filesystem::path& path);

/// Returns N if `path`, which must be free of links, is /proc/PID/fd/N of this process; the descriptor may be closed.
std::optional<int> named_descriptor(const std::filesystem::path& path);

/// Replaces the text of `path` by what `change` returns for it. The text of a missing file is empty.
///
/// For small files with secrets that several processes change, such as the file of logins. No change of another process
/// is lost, and a reader or a crash sees the old text or the new one, whole and on disk. `change` is called again
/// if another process changed the file meanwhile. Symbolic links are followed, also to a file that does not exist yet.
/// Owner and mode are kept; a new file has mode 0600, and a new folder mode 0700. PATH.lock exists during the change.
///
/// Throws Error(storage), Error(no_space), Error(usage) if links lead in a circle, Error(locked) if another process
/// holds PATH.lock for 30 s, and what `change` throws.
void change_shared_file(const std::filesystem::path& path, const std::function<std::string(std::string)>& change,
                        const Disk& disk = Disk::real());

}  // namespace acedt
