#pragma once

#include <cstddef>
#include <exception>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "acedt/base/disk.hpp"
#include "acedt/base/file.hpp"
#include "acedt/base/units.hpp"

namespace acedt {

// A large file may be divided into parts: FILE.001, FILE.002, …, each of the same size except the last, which may be
// smaller. `cat FILE.[0-9]*` joins them. There are at least two: a file that needs only one has its own name.

/// The most parts of a file: their numbers have three digits.
inline constexpr unsigned max_parts = 999;

/// Returns the path of a part of `file`. `number` is 1 to max_parts.
std::filesystem::path part_path(std::filesystem::path file, unsigned number);

/// The name of a part, taken apart: "a.tar.002" is part 2 of "a.tar".
struct PartName {
  std::string file;
  unsigned number = 0;
  /// Unset if `name` is not the name of a part.
  static std::optional<PartName> parse(std::string_view name);
};

/// Returns the number of parts of a file of `size`; 1 if it is not divided. `part_size` is not 0.
std::uint64_t count_parts(Bytes size, std::optional<Bytes> part_size);

/// The sizes of the parts that are there, by their numbers.
using PartSizes = std::map<unsigned, Bytes>;

/// Returns what is wrong with the parts of `file`, for people: "a.tar.002 is missing", or that the size of one does not
/// fit to the others. `whole` is the size of all parts together, if it is known: without it, it cannot be seen that the
/// last parts are missing. Empty if nothing is wrong. Pure.
std::vector<std::string> part_problems(const std::string& file, const PartSizes& sizes,
                                       std::optional<Bytes> whole = {});

/// Returns whether `file`, or its first part, exists. Throws Error(storage).
bool is_there(const Disk& disk, const std::filesystem::path& file);
/// Returns the size of `file`, or of all its parts together. Unset if there is neither, if it is not a regular file, or
/// if part_problems() finds something. Throws Error(storage).
std::optional<Bytes> size_of(const Disk& disk, const std::filesystem::path& file);
/// Removes all parts of `file`, if there are any. Throws Error(storage).
void remove_parts(const Disk& disk, const std::filesystem::path& file);

/// A file, or the parts of one, as one file. Offsets are those of the joined content.
///
/// Failures throw as those of File do. write_at() and read_at() may be called from several threads at once, except that
/// one thread at a time may write beyond the end. Of a file in parts, one is open at a time, or max_open_parts
/// while it is written.
class JoinedFile {
 public:
  static constexpr std::size_t max_open_parts = 4;

  /// Opens `path`, or its parts if there is no such file, for reading. Throws as File::open(); Error(not_found) if
  /// parts are there, but not all.
  static JoinedFile open(const std::filesystem::path& path, const Disk& disk = Disk::real());
  /// The same; returns nullopt if there is neither.
  static std::optional<JoinedFile> open_if_there(const std::filesystem::path& path, const Disk& disk = Disk::real());
  /// Opens the file or its parts for reading and writing; creates an empty file if there is neither. While its size is
  /// at most `part_size`, it is one file, and beyond that, it is in parts. Unset: it is never divided. Throws as
  /// File::open_or_create().
  static JoinedFile open_or_create(const std::filesystem::path& path, std::optional<Bytes> part_size,
                                   const Disk& disk = Disk::real());

  JoinedFile(JoinedFile&&) noexcept;
  JoinedFile& operator=(JoinedFile&&) noexcept;
  ~JoinedFile();

  /// Returns the path without the number of a part.
  const std::filesystem::path& path() const noexcept;
  /// Returns the number of parts; 0 if it is not divided.
  unsigned parts() const;
  /// Returns the name of the part that would follow the last one if that is full; empty if the file is not in parts.
  std::string next_part() const;

  // As in File.
  Bytes size() const;
  void preallocate(Bytes size) const;
  void truncate(Bytes size) const;
  std::vector<File::Extent> written() const;
  Bytes block_size() const;
  void write_at(Bytes offset, std::span<const std::byte> bytes) const;
  void write_at(Bytes offset, std::span<const std::byte> head, std::span<const std::byte> tail) const;
  void write_at(Bytes offset, const std::vector<std::span<const std::byte>>& buffers) const;
  std::size_t read_at(Bytes offset, std::span<std::byte> buffer) const;
  void disable_read_ahead() const noexcept;
  /// Of a file in parts, only for those that are open.
  void start_writing() const noexcept;
  void sync() const;

 private:
  class Parts;

  explicit JoinedFile(File whole);
  explicit JoinedFile(std::unique_ptr<Parts> parts);

  std::optional<File> whole_;     // the file, if it is not divided and never will be
  std::unique_ptr<Parts> parts_;  // else
};

/// Syncs the files concurrently, so that one cache flush of the disk serves several. Returns the failure of each; null
/// for a file that is on disk.
std::vector<std::exception_ptr> sync_all(std::span<const JoinedFile> files);

}  // namespace acedt
