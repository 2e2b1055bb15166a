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

/// What archives of this kind end in: ".tar", ".tar.gz", ".tar.zst".
std::string_view extension(Compression compression);

struct LevelRange {
  int min = 0;
  int max = 0;
  int default_ = 0;
};
/// The levels of --compression-level: zstd 1 … 19, gzip 1 … 12; all zero for none.
LevelRange level_range(Compression compression);

/// What a FrameEncoder takes at most, for frames of 4 MiB.
Bytes encoder_memory(Compression compression, int level);

/// Turns pieces of a stream into frames: each a whole zstd frame (RFC 8878) or gzip member (RFC 1952), so that any
/// reader can read their concatenation, and ours from any one of them.
///
/// The same bytes give the same frame at the same level, whoever compresses them: the choice to store without
/// compressing is made from the content (a sample of it), never from time. Not shared between threads; each has its
/// own. Frames have a checksum of their content, except zstd frames that are stored.
class FrameEncoder {
 public:
  /// `compression` is not none; `level` is within its level_range().
  FrameEncoder(Compression compression, int level);
  FrameEncoder(FrameEncoder&&) noexcept;
  ~FrameEncoder();

  /// The frame for `content` (at most 64 MiB), in a buffer that is valid until the next call. Nothing, if it does not
  /// compress: then its frame is a StoredFrame.
  std::optional<std::span<const std::byte>> encode(std::span<const std::byte> content);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A frame whose content is stored as it is, without a copy: what the format has before, between and behind its blocks.
class StoredFrame {
 public:
  /// `compression` is not none; `content` (at most 64 MiB) must outlive this.
  StoredFrame(Compression compression, std::span<const std::byte> content);

  Bytes size() const noexcept { return {around_.size() + content_.size()}; }
  /// The frame is these, one behind the other. Valid as long as this is.
  std::vector<std::span<const std::byte>> pieces() const;

 private:
  void put(std::uint64_t value, int bytes);

  std::span<const std::byte> content_;
  std::size_t block_size_;
  std::size_t head_size_ = 0;           // of the frame, before its first block
  std::size_t block_head_size_;         // of each block
  std::vector<std::byte> around_ = {};  // the head of the frame, the heads of its blocks, and what is behind them
};

/// The CRC-32 of gzip (RFC 1952) of `pieces`, one after the other.
std::uint32_t crc32(std::span<const std::span<const std::byte>> pieces);

/// Reads plain, gzip or zstd bytes as they come, whatever number of frames or members they are in.
///
/// Bounded memory: zstd windows up to 512 MiB, as the reference reads them, are accepted and allocated as needed.
class Decoder {
 public:
  struct Progress {
    std::size_t consumed = 0;  ///< bytes of the input used
    std::size_t produced = 0;  ///< bytes of the output filled
  };

  explicit Decoder(Compression compression);
  Decoder(Decoder&&) noexcept;
  ~Decoder();

  /// Decodes what it can into `output`, which is not empty. Nothing consumed and nothing produced means: more input,
  /// please. Zero bytes behind the last frame are ignored.
  /// Throws Error(corrupt) on bytes that are not of this format; then it is of no more use.
  Progress decode(std::span<const std::byte> input, std::span<std::byte> output);
  /// True before, between and behind frames or members: where decode() asks for more input, the input may end instead.
  bool at_boundary() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The format that a file begins with, by its magic bytes (gzip 1f 8b, zstd 28 b5 2f fd), else none.
Compression sniff(std::span<const std::byte> first_bytes);

}  // namespace acedt::codec
