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

/// What an archive has, by its headers. Nothing of it is verified: a blob may have other bytes than its digest says.
struct Contents {
  codec::Compression compression = codec::Compression::none;
  /// Compressed in frames (zstd frames, gzip members) that decode to max_frame at most: every location can be read at
  /// the cost of one frame.
  bool is_framed = false;
  std::vector<Found> blobs = {};  ///< in the order of the file; of a digest that occurs again, the first
  std::string oci_layout = {};    ///< content of `oci-layout`; empty if there is none
  std::string first_index = {};   ///< text of the first index.json; empty if there is none
  std::string index_json = {};    ///< text of the last index.json, which counts; empty if there is none
  Bytes size = {};                ///< of the file
  /// Bytes after the end-of-archive marker, as far as they were read; 0 if there are only zeros, 16 MiB at most, as
  /// tapes have them.
  Bytes after_end = {};
  std::vector<std::string> problems = {};  ///< damage: not a tar archive, truncated, cannot be decoded
  std::vector<std::string> warnings = {};  ///< for people: unknown entries, links, `after_end`, a wrong extension …
};

/// Takes the content of blobs while an archive is read, in the order of the file. What it throws ends the reading.
class BlobSink {
 public:
  virtual ~BlobSink() = default;
  /// A blob begins. Returns whether its content is wanted; if not, data() and end() are not called for it.
  virtual bool begin(const Found& blob) = 0;
  virtual void data(std::span<const std::byte> bytes) = 0;
  /// The content is complete.
  virtual void end() = 0;
};

/// Returns what the archive at `path` has. Reads only the headers of a plain archive, and skips the content that `sink`
/// does not want; decodes the whole file if it is compressed, and notes for each blob the start of its frame. The
/// contents before damage count, except a blob that is not complete. `sink` may be null.
///
/// Memory is bounded by the size of the file: an index.json has at most 8 MiB, and a compressed file no more blobs than
/// it has room for digests, else that is a problem. Blocks on the disk. Throws Error(storage) if the file cannot be
/// read.
Contents read_contents(const std::filesystem::path& path, const Disk& disk = Disk::real(), BlobSink* sink = nullptr);

/// Returns whether the file at `path` is compressed, or a tar archive, by its first bytes. Blocks on the disk. Throws
/// Error(storage) if it cannot be read.
bool looks_like_archive(const std::filesystem::path& path, const Disk& disk = Disk::real());

/// Returns the content of a blob of the archive at `path`, verified; for manifests, as it is all in memory. Blocks on
/// the disk. Throws Error(corrupt) if its bytes cannot be decoded or do not match its digest, Error(storage) if the
/// file cannot be read.
std::string read_blob(const std::filesystem::path& path, const Found& blob, const Disk& disk = Disk::real());

/// Fills the buffer with the next bytes of a file or pipe. Returns their number, 0 at the end.
using ReadInput = std::function<std::size_t(std::span<std::byte> buffer)>;

/// The same in one pass, for a pipe: `read` is called to the end of the archive, or to damage. Locations are as in a
/// file of these bytes. Throws what `read` throws.
Contents read_stream(const ReadInput& read, BlobSink* sink = nullptr);

}  // namespace acedt::archive
