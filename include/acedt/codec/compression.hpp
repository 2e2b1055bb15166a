#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "acedt/base/units.hpp"

namespace acedt::codec {

enum class Compression { none, gzip, zstd };

/// Returns the extension of an archive: ".tar", ".tar.gz" or ".tar.zst".
std::string_view extension(Compression compression);

/// The levels that a compression accepts.
struct LevelRange {
  int min = 0;
  int max = 0;
  int default_level = 0;
};
/// Returns the levels for --compression-level: zstd 1 to 19, gzip 1 to 12, none 0.
LevelRange level_range(Compression compression);

/// Returns the maximum memory of one FrameEncoder, for frames of 4 MiB.
Bytes encoder_memory(Compression compression, int level);

/// Compresses each part of a stream into a frame of its own: a zstd frame (RFC 8878) or a gzip member (RFC 1952). Any
/// reader can decode the concatenated frames; this program can start at each frame.
///
/// Deterministic: the same content and level give the same frame. Whether content is stored uncompressed depends on a
/// sample of it, never on time. Frames have a checksum, except stored zstd frames. One thread at a time.
class FrameEncoder {
 public:
  /// `compression` is not none; `level` is within its level_range().
  FrameEncoder(Compression compression, int level);
  FrameEncoder(FrameEncoder&&) noexcept;
  ~FrameEncoder();

  /// Returns the frame for `content` (1 byte to 64 MiB), in a buffer that is valid until the next call. Returns nullopt
  /// if the content does not compress; then use a StoredFrame.
  std::optional<std::span<const std::byte>> encode(std::span<const std::byte> content);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A frame with uncompressed content. It holds only what the format adds (headers and trailer), and refers to the
/// content instead of copying it.
class StoredFrame {
 public:
  /// `compression` is not none; `content` (1 byte to 64 MiB) must outlive this.
  StoredFrame(Compression compression, std::span<const std::byte> content);

  /// Returns the size of the whole frame.
  Bytes size() const noexcept { return {around_.size() + content_.size()}; }
  /// Returns the frame as buffers to be written one after another. They are valid as long as this and the content are.
  std::vector<std::span<const std::byte>> buffers() const;

 private:
  void put(std::uint64_t value, int bytes);

  std::span<const std::byte> content_;
  std::size_t block_size_;
  std::size_t head_size_ = 0;           // of the frame, before its first block
  std::size_t block_head_size_;         // of each block
  std::vector<std::byte> around_ = {};  // the head of the frame, the heads of its blocks, and the trailer
};

/// Returns the CRC-32 (RFC 1952) of `buffers`, one after another.
std::uint32_t crc32(std::span<const std::span<const std::byte>> buffers);

/// Decodes a stream of gzip members or zstd frames incrementally, or passes plain bytes through. No I/O.
///
/// Accepts zstd windows up to 512 MiB, as the reference does, and allocates them only if a frame needs them.
class Decoder {
 public:
  /// What one call used and yielded.
  struct Progress {
    std::size_t consumed = 0;  ///< bytes of the input used
    std::size_t produced = 0;  ///< bytes of the output filled
  };

  explicit Decoder(Compression compression);
  Decoder(Decoder&&) noexcept;
  ~Decoder();

  /// Decodes part of `input` into `output`, which must not be empty. If it neither consumes nor produces a byte, it
  /// needs more input. Zero bytes after the last frame are skipped, as tape writers add them. Throws Error(corrupt) for
  /// invalid input; then the decoder cannot be used any more.
  Progress decode(std::span<const std::byte> input, std::span<std::byte> output);
  /// Returns whether the input may end here: before the first frame, between two, or after the last.
  bool at_boundary() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Returns whether these are the magic bytes of a skippable zstd frame (RFC 8878 section 3.1.2).
bool is_skippable_frame(std::span<const std::byte> first_bytes);

/// Returns the compression that the magic bytes of a file show (gzip 1f 8b, zstd 28 b5 2f fd or a skippable frame), or
/// none.
Compression sniff(std::span<const std::byte> first_bytes);

}  // namespace acedt::codec
