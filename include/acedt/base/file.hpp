#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "acedt/base/units.hpp"

namespace acedt {

/// An open file, closed when it goes. Every failure throws Error(storage) that names the path.
///
/// Positional reads and writes may be used from several threads at once.
class File {
 public:
  /// Opens for reading. Throws also where there is none; see open_if_there().
  static File open(const std::filesystem::path& path);
  static std::optional<File> open_if_there(const std::filesystem::path& path);
  /// Opens for reading and writing, making an empty one where there is none. Mode 0666 less the umask.
  static File open_or_create(const std::filesystem::path& path);
  /// Opens an empty one for reading and writing, whatever stood there before.
  static File create(const std::filesystem::path& path);

  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File();

  int descriptor() const noexcept { return descriptor_; }
  const std::filesystem::path& path() const noexcept { return path_; }

  Bytes size() const;
  /// Reserves the blocks of the first `size` bytes, so that a full disk shows now, and makes the file that long.
  void preallocate(Bytes size) const;
  void truncate(Bytes size) const;

  /// Writes all of `bytes` at `offset`.
  void write_at(Bytes offset, std::span<const std::byte> bytes) const;
  /// Writes `head` and behind it `tail` at `offset`, in one system call where the kernel takes it whole.
  void write_at(Bytes offset, std::span<const std::byte> head, std::span<const std::byte> tail) const;
  /// Writes all of `text` at the end.
  void append(std::string_view text) const;
  /// Reads up to buffer.size() bytes at `offset`; fewer only at the end of the file.
  std::size_t read_at(Bytes offset, std::span<std::byte> buffer) const;

  /// Waits until the content is on disk (fdatasync).
  void sync() const;

  /// Takes the exclusive advisory lock without waiting; false where another process has it. It ends with the File.
  bool try_lock() const;

 private:
  File(int descriptor, std::filesystem::path path) : descriptor_(descriptor), path_(std::move(path)) {}
  [[noreturn]] void fail(const char* action) const;

  int descriptor_;
  std::filesystem::path path_;
};

/// The whole file as text. Throws Error(storage) naming the path.
std::string read_file(const std::filesystem::path& path);

/// Puts `text` under `path` so that a reader, or a crash, sees the old content or the new, whole and on disk.
void replace_file(const std::filesystem::path& path, std::string_view text);

/// Waits until the names in `directory` are on disk.
void sync_directory(const std::filesystem::path& directory);

}  // namespace acedt
