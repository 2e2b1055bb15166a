#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "acedt/async/asio.hpp"
#include "acedt/base/error.hpp"
#include "acedt/base/file.hpp"
#include "acedt/base/units.hpp"
#include "acedt/tar/header.hpp"

namespace acedt::archive {

/// An archive file that is being written. Bytes are written at their offsets in the tar stream, in any order.
///
/// Any thread may call write(), read_back() and release(); the thread of control calls the others. Failures of the disk
/// throw Error(storage) or Error(no_space).
class Writer {
 public:
  virtual ~Writer() = default;

  /// Whether written bytes must stay readable until release(). Yes for bytes of a blob that arrive before earlier ones:
  /// the hash has to read them later.
  enum class Retain { no, yes };

  /// Returns, in order, the ranges of the tar stream that an interrupted run left in the file. They need not be written
  /// again once they are verified. They are read back and must be released like retained bytes.
  virtual const std::vector<File::Extent>& recovered() const noexcept = 0;
  /// Waits until the range fits in the write window (capped at its size). Call before sending the request, so that the
  /// registry never blocks on a connection that is not being read. Waiters on one thread continue in order of offset.
  virtual async::awaitable<void> room(Bytes offset, Bytes size) = 0;
  /// Writes `head`, then `tail`, at `offset` of the tar stream; `retain` applies to `tail`. Waits for the window if
  /// room() was not awaited. Throws MustRebuild if recovered bytes there differ.
  virtual async::awaitable<void> write(Bytes offset, std::span<const std::byte> head, std::span<const std::byte> tail,
                                       Retain retain) = 0;
  /// Writes `bytes` at `offset`; they are not read back.
  async::awaitable<void> write(Bytes offset, std::span<const std::byte> bytes) {
    return write(offset, {}, bytes, Retain::no);
  }
  /// Fills `buffer` with retained or recovered bytes from `offset` on. Throws MustRebuild if they are damaged.
  virtual void read_back(Bytes offset, std::span<std::byte> buffer) = 0;
  /// Ends the retention of these bytes.
  virtual void release(Bytes offset, Bytes size) = 0;
  /// Returns whether wrong bytes may be overwritten. If not, every byte must be written exactly once.
  virtual bool rewritable() const noexcept = 0;
  /// Call when the archive has its final name: removes the record for recovery.
  virtual void committed() = 0;
  /// Drops the content of the file from `offset` of the tar stream on, or from somewhat before it, so that the next run
  /// does not recover it. Call after all writing has ended.
  virtual void forget_from(Bytes offset) = 0;
  /// Waits, on the thread of control, until the whole stream is in the file. Throws the failure of a write.
  virtual async::awaitable<void> finish() = 0;

  /// Returns the location in the file of the byte at `offset` of the tar stream. Call after finish().
  virtual tar::Location location(Bytes offset) const = 0;
  /// Returns the size of the file. Call after finish().
  virtual Bytes file_size() const = 0;
};

/// A file that cannot be overwritten contains wrong bytes: it must be rebuilt from `offset` of its tar stream on. Its
/// kind is corrupt.
struct MustRebuild : Error {
  MustRebuild(Bytes from, const std::string& what) : Error(ErrorKind::corrupt, what), offset(from) {}
  Bytes offset;
};

/// Returns the writer of a plain tar of `size` bytes. The file has its full size from the start, and each byte is
/// written to its final offset at once. An existing file of that size is taken as the work of an interrupted run. If
/// `size` is larger than `part_size`, the file is in parts (JoinedFile). Throws Error(storage), or Error(no_space) if
/// the space cannot be reserved.
std::shared_ptr<Writer> plain_writer(const std::filesystem::path& path, Bytes size, std::optional<Bytes> part_size = {},
                                     const Disk& disk = Disk::real());

}  // namespace acedt::archive
