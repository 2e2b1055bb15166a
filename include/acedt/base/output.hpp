#pragma once

#include <atomic>
#include <filesystem>
#include <ostream>
#include <streambuf>
#include <string>
#include <string_view>

#include "acedt/base/disk.hpp"

namespace acedt {

/// Text output of the program: a standard stream, a file, a device or a pipe.
///
/// A failed write does not interrupt the run: the first failure is kept, later writes are dropped, and check() throws
/// at the end of the run. Safe to use from several threads; the text of one call is not interleaved if the system takes
/// it at once.
class Output {
 public:
  /// Writes to `descriptor`, which must be open and is not closed; `name` is used in errors.
  Output(int descriptor, std::string name);

  /// Opens `path` and follows links: creates a file, or empties an existing one. A device, a FIFO with a reader and the
  /// name of a descriptor are written to as they are; a write fails if they take no data for 10 s.
  /// Throws Error(usage) for a folder, a block device, a FIFO without a reader and a descriptor that is not open for
  /// writing; Error(storage) or Error(no_space) for other failures.
  static Output open(const std::filesystem::path& path, const Disk& disk = Disk::real());

  Output(Output&& other) noexcept;
  Output& operator=(Output&&) = delete;
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output();

  /// Writes all of `text`, or records the failure. Waits for a slow reader, of a standard stream without limit.
  void write(std::string_view text);
  /// Waits until the text is on disk, if it goes to a file; records a failure.
  void sync();
  /// Throws Error(storage) or Error(no_space) for the first failure, if there was one.
  void check() const;

 private:
  Output(int descriptor, const std::filesystem::path& path, const Disk& disk);
  bool wait_for_room() const;

  int descriptor_;
  std::filesystem::path path_;  // or the name, for errors
  const Disk* disk_;
  bool is_own_;                  // opened here: closed at the end, and waited for 10 s at most
  std::atomic<int> failure_{0};  // errno
};

/// An unbuffered std::ostream that writes to `output`, which keeps the failures.
class OutputStream final : private std::streambuf, public std::ostream {
 public:
  explicit OutputStream(Output& output) : std::ostream(this), output_(output) {}

 private:
  std::streambuf::int_type overflow(std::streambuf::int_type character) override;
  std::streamsize xsputn(const char* text, std::streamsize size) override;

  Output& output_;
};

}  // namespace acedt
