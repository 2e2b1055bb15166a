#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "acedt/archive/scan.hpp"
#include "acedt/base/disk.hpp"
#include "acedt/base/units.hpp"
#include "acedt/codec/compression.hpp"

namespace acedt::archive {

/// The most that a frame of a framed archive decodes to. This program writes frames of 4 MiB.
inline constexpr Bytes max_frame = 8_MiB;

/// What an archive contains, by its headers. Nothing is verified: the bytes of a blob may not match its digest.
struct Contents {
  codec::Compression compression = codec::Compression::none;
  /// The archive is compressed in frames (zstd frames, gzip members) that decode to at most max_frame, so that any
  /// location can be read at the cost of decoding one frame.
  bool is_framed = false;
  std::vector<Found> blobs = {};  ///< in the order of the file; of a digest that occurs twice, the first
  std::string oci_layout = {};    ///< content of `oci-layout`; empty if there is none
  std::string first_index = {};   ///< text of the first index.json; empty if there is none
  std::string index_json = {};    ///< text of the last index.json, which counts; empty if there is none
  Bytes size = {};                ///< of the file
  /// Bytes after the end-of-archive marker, as far as they were read. Up to 16 MiB of zeros, with which tapes are
  /// padded, count as 0.
  Bytes after_end = {};
  bool is_truncated = false;  ///< the file ends before the archive; that is also a problem
  /// The name of the part that the archive continues in, but that is not there; empty if it is not known to be missing.
  std::string missing_part = {};
  std::vector<std::string> problems = {};  ///< damage: not a tar archive, truncated, cannot be decoded
  std::vector<std::string> warnings = {};  ///< for people: unknown entries, links, `after_end`, a wrong extension …
};

/// Receives the content of blobs, in the order of the file, while an archive is read. An exception ends the reading.
class BlobSink {
 public:
  virtual ~BlobSink() = default;
  /// A blob begins. Returns true if its content is wanted; otherwise, data() and end() are not called for it.
  virtual bool begin(const Found& blob) = 0;
  virtual void data(std::span<const std::byte> bytes) = 0;
  /// The content is complete.
  virtual void end() = 0;
};

/// Returns what the archive at `path` contains. Of a plain archive, reads only the headers and the content that `sink`
/// wants. Decodes all of a compressed archive, and notes the start of the frame of each blob. If the archive is
/// damaged, returns the contents before the damage, without an incomplete blob. `sink` may be null.
///
/// Memory is bounded by the size of the file. An index.json above 8 MiB is a problem, and so are more blobs than there
/// could be digests in a compressed file of that size. Blocks on the disk. Throws Error(storage) if the file cannot be
/// read, Error(not_found) if parts of it are missing, and what `sink` throws.
Contents read_contents(const std::filesystem::path& path, const Disk& disk = Disk::real(), BlobSink* sink = nullptr);

/// Returns whether the file at `path` is compressed, or a tar archive, by its first bytes. Blocks on the disk. Throws
/// Error(storage) if it cannot be read.
bool looks_like_archive(const std::filesystem::path& path, const Disk& disk = Disk::real());

/// Returns the verified content of a blob of the archive at `path`. Meant for manifests: all of it is held in memory.
/// Blocks on the disk. Throws Error(corrupt) if its bytes cannot be decoded or do not match its digest, Error(storage)
/// if the file cannot be read.
std::string read_blob(const std::filesystem::path& path, const Found& blob, const Disk& disk = Disk::real());

/// Fills the buffer with the next bytes of a file or pipe. Returns their number, 0 at the end.
using ReadInput = std::function<std::size_t(std::span<std::byte> buffer)>;

/// Like read_contents(), in one pass, for a pipe. Calls `read` until the end of the input, or until there is damage.
/// Locations are those in a file of these bytes. Throws what `read` and `sink` throw.
Contents read_stream(const ReadInput& read, BlobSink* sink = nullptr);

}  // namespace acedt::archive
