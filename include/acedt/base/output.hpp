#pragma once

#include <atomic>
#include <filesystem>
#include <ostream>
#include <streambuf>
#include <string>
#include <string_view>

#include "acedt/base/disk.hpp"

namespace acedt {

/// `path` with all links followed; what stands there need not exist. A descriptor of this process that has a name,
/// such as /dev/stdout and /dev/fd/3, is not followed to what it is open on.
std::filesystem::path without_links(const std::filesystem::path& path);

/// Whether a path without links names a descriptor of this process, open or not.
bool names_descriptor(const std::filesystem::path& path);

/// Text for others: to a standard stream, a file, a device or a pipe.
///
/// The first failure to write is kept, and nothing is written after it, so that work goes on that nobody can read
/// about; who ends the work asks check(). Safe to use from several threads; what one call writes stays together where
/// the system takes it at once.
class Output {
 public:
  /// A descriptor that is open and stays open; `name` is for errors.
  Output(int descriptor, std::string name);

  /// Opens what `path` leads to: a file that is there is emptied, one that is not is made. A device, a FIFO that some
  /// process reads, and the name of a descriptor are written to as they are; a write fails when none of it was taken
  /// for ten seconds. Throws Error(usage) for a folder, a disk, a FIFO without a reader and a descriptor that cannot be
  /// written to; Error(storage).
  static Output open(const std::filesystem::path& path, const Disk& disk = Disk::real());

  Output(Output&& other) noexcept;
  Output& operator=(Output&&) = delete;
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output();

  void write(std::string_view text);
  /// Waits until what was written to a file is on disk.
  void sync();
  /// Throws Error for the first failure, if there was one.
  void check() const;

 private:
  Output(int descriptor, const std::filesystem::path& path, const Disk& disk);
  bool wait_for_room() const;

  int descriptor_;
  std::filesystem::path path_;  // or a name
  const Disk* disk_;
  bool is_own_;                  // closed at the end, and waited for no longer than the limit
  std::atomic<int> failure_{0};  // errno
};

/// A stream whose characters go to `output` at once, which keeps the failures.
class OutputStream final : private std::streambuf, public std::ostream {
 public:
  explicit OutputStream(Output& output) : std::ostream(this), output_(output) {}

 private:
  std::streambuf::int_type overflow(std::streambuf::int_type character) override;
  std::streamsize xsputn(const char* text, std::streamsize size) override;

  Output& output_;
};

}  // namespace acedt
