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
#include "acedt/tar/location.hpp"

namespace acedt::archive {

/// An archive file that is being written: bytes go to their offsets in the tar stream, in any order and from any
/// thread.
class Writer {
 public:
  virtual ~Writer() = default;

  /// Whether the bytes of a write are to be read back, until release(): those that came before others which must be
  /// verified first.
  enum class Retain { no, yes };

  /// Stretches of the tar stream that an earlier run has left, in order: content that may count, once it was verified,
  /// without being written again. It can be read back, and is to be released, like bytes that were written to be kept.
  virtual const std::vector<File::Extent>& recovered() const noexcept = 0;
  /// Waits until `size` bytes may be written at `offset`, or as many as there ever is room for. Who asks before the
  /// bytes are under way does not keep their sender waiting. Those that wait on one thread go on in order of offset.
  virtual async::awaitable<void> room(Bytes offset, Bytes size) = 0;
  /// Puts `head`, and behind it `tail`, at `offset` of the tar stream. Waits where there is no room for them yet.
  virtual async::awaitable<void> write(Bytes offset, std::span<const std::byte> head, std::span<const std::byte> tail,
                                       Retain keep) = 0;
  async::awaitable<void> write(Bytes offset, std::span<const std::byte> bytes) {
    return write(offset, {}, bytes, Retain::no);
  }
  /// Fills `buffer` with bytes that were written to be kept, from `offset` on.
  virtual void read_back(Bytes offset, std::span<std::byte> buffer) = 0;
  /// Those bytes are not needed any more.
  virtual void release(Bytes offset, Bytes size) = 0;
  /// Whether bytes may be written again, after they turned out to be wrong. If not, each must be written exactly once.
  virtual bool rewritable() const noexcept = 0;
  /// The archive has its final name: drops what was kept for going on with it.
  virtual void committed() = 0;
  /// When nobody writes any more: forgets all that is in the file from `offset` of the tar stream on, and perhaps some
  /// before it, for the next run.
  virtual void forget_from(Bytes offset) = 0;
  /// Waits, on the control thread, until all that was written is in the file. Throws what went wrong with it.
  virtual async::awaitable<void> finish() = 0;

  /// After finish(): where what is at `offset` of the tar stream is in the file, and how large that is.
  virtual tar::Location location(Bytes offset) const = 0;
  virtual Bytes file_size() const = 0;
};

/// Wrong bytes are in a file that cannot be rewritten: it must be begun anew from `offset` of its tar stream on.
struct MustRebuild : Error {
  MustRebuild(Bytes from, const std::string& what) : Error(ErrorKind::corrupt, what), offset(from) {}
  Bytes offset;
};

/// A plain tar, `size` bytes long: the file is preallocated, and every byte goes to its final offset at once. A file of
/// that size which is there already is one that an earlier run has begun.
std::shared_ptr<Writer> plain_writer(const std::filesystem::path& path, Bytes size, const Disk& disk = Disk::real());

}  // namespace acedt::archive
