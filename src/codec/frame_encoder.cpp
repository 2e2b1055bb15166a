// Frames are independent of each other: an archive can be decoded from any frame on, and compressed by many threads,
// each with an encoder of its own. Content that does not compress, as a sample of it shows, is stored without a copy.

#include "acedt/codec/compression.hpp"

#include <libdeflate.h>
#include <zstd.h>

#include <algorithm>
#include <cassert>
#include <new>

namespace acedt::codec {
namespace {

struct Free {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(libdeflate_compressor* compressor) const { libdeflate_free_compressor(compressor); }
};
using ZstdContext = std::unique_ptr<ZSTD_CCtx, Free>;
using GzipCompressor = std::unique_ptr<libdeflate_compressor, Free>;

/// Returns a context that writes frames with a checksum and the size of their content.
ZstdContext make_zstd(int level) {
  ZstdContext context(ZSTD_createCCtx());
  if (!context) throw std::bad_alloc();
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, level);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  return context;
}

GzipCompressor make_gzip(int level) {
  GzipCompressor compressor(libdeflate_alloc_compressor(level));
  if (!compressor) throw std::bad_alloc();
  return compressor;
}

/// Uninitialised memory that grows, without keeping its content.
class Buffer {
 public:
  std::span<std::byte> at_least(std::size_t size) {
    if (size > size_) {
      bytes_ = std::make_unique_for_overwrite<std::byte[]>(size);
      size_ = size;
    }
    return {bytes_.get(), size_};
  }

 private:
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t size_ = 0;
};

std::span<const std::byte> zstd_frame(ZSTD_CCtx* context, std::span<const std::byte> content, Buffer& buffer) {
  const std::span<std::byte> out = buffer.at_least(ZSTD_compressBound(content.size()));
  const std::size_t size = ZSTD_compress2(context, out.data(), out.size(), content.data(), content.size());
  if (ZSTD_isError(size)) throw std::bad_alloc();  // the only failure that is left
  return out.first(size);
}

/// Detects content that does not compress (already compressed or encrypted) from a sample.
///
/// The sample consists of 64 small chunks, spread evenly, so that it also finds text that fills a 64th of the content.
/// The content is worth compressing as soon as the chunks save more than a tar header among noise would.
class Sampler {
 public:
  bool compressible(std::span<const std::byte> content) {
    if (content.size() < min_sampled) return true;  // compressing it costs little
    const std::size_t gap = content.size() / chunks;
    std::size_t saved = 0;
    for (std::size_t i = 0; i < chunks && saved <= tar_header; ++i)
      saved += saved_on(content.subspan(i * gap + (gap - chunk_size) / 2, chunk_size));
    return saved > tar_header;
  }

 private:
  static constexpr std::size_t chunks = 64;
  static constexpr std::size_t chunk_size = 2048;
  static constexpr std::size_t min_sampled = 2 * chunks * chunk_size;
  static constexpr std::size_t tar_header = 512;

  std::size_t saved_on(std::span<const std::byte> chunk) {
    return chunk.size() - std::min(chunk.size(), zstd_frame(context_.get(), chunk, buffer_).size());
  }

  ZstdContext context_ = make_zstd(1);
  Buffer buffer_;
};

std::span<const std::byte> gzip_member(libdeflate_compressor* compressor, std::span<const std::byte> content,
                                       Buffer& buffer) {
  const std::span<std::byte> out = buffer.at_least(libdeflate_gzip_compress_bound(compressor, content.size()));
  const std::size_t size = libdeflate_gzip_compress(compressor, content.data(), content.size(), out.data(), out.size());
  assert(size > 0);
  return out.first(size);
}

constexpr std::size_t zstd_block = 128 * 1024;  // Block_Maximum_Size, and the window
constexpr std::size_t gzip_block = 65535;

}  // namespace

struct FrameEncoder::State {
  ZstdContext zstd;     // null for gzip
  GzipCompressor gzip;  // null for zstd
  Sampler sampler;
  Buffer buffer;
};

FrameEncoder::FrameEncoder(Compression compression, int level) : state_(std::make_unique<State>()) {
  assert(compression != Compression::none);
  assert(level >= level_range(compression).min && level <= level_range(compression).max);
  if (compression == Compression::zstd) {
    state_->zstd = make_zstd(level);
  } else {
    state_->gzip = make_gzip(level);
  }
}

FrameEncoder::FrameEncoder(FrameEncoder&&) noexcept = default;
FrameEncoder::~FrameEncoder() = default;

std::optional<std::span<const std::byte>> FrameEncoder::encode(std::span<const std::byte> content) {
  if (!state_->sampler.compressible(content)) return std::nullopt;
  if (state_->zstd) return zstd_frame(state_->zstd.get(), content, state_->buffer);
  return gzip_member(state_->gzip.get(), content, state_->buffer);
}

/// The zstd frame (RFC 8878 section 3.1.1) has raw blocks and no checksum:
///
///     magic | descriptor | window | content size || last, raw, block size | content || …
///
/// The gzip member (RFC 1952, and RFC 1951 section 3.2.4) has stored blocks:
///
///     magic | deflate | no flags | no time | any level, any system || last, stored | size | ~size | content || … ||
///     CRC-32 | size
StoredFrame::StoredFrame(Compression compression, std::span<const std::byte> content)
    : content_(content),
      block_size_(compression == Compression::zstd ? zstd_block : gzip_block),
      block_head_size_(compression == Compression::zstd ? 3 : 5) {
  assert(compression != Compression::none && !content.empty());
  const bool is_zstd = compression == Compression::zstd;
  if (is_zstd) {
    put(0xfd2fb528, 4);
    put(0x80, 1);    // Frame_Content_Size_flag 2: four bytes
    put(7 << 3, 1);  // Window_Descriptor: 2^(10+7) bytes
    put(content.size(), 4);
  } else {
    put(0x88b1f, 8);
    put(0xff00, 2);
  }
  head_size_ = around_.size();
  for (std::size_t left = content.size(); left > 0;) {
    const std::size_t size = std::min(block_size_, left);
    left -= size;
    const std::uint64_t last = left == 0 ? 1 : 0;
    put(is_zstd ? size << 3 | last : (~size & 0xffff) << 24 | size << 8 | last, static_cast<int>(block_head_size_));
  }
  if (is_zstd) return;
  put(libdeflate_crc32(0, content.data(), content.size()), 4);
  put(content.size(), 4);
}

/// Appends an integer in little-endian order, which both formats use.
void StoredFrame::put(std::uint64_t value, int bytes) {
  for (; bytes > 0; --bytes, value >>= 8) around_.push_back(static_cast<std::byte>(value & 0xff));
}

std::vector<std::span<const std::byte>> StoredFrame::buffers() const {
  std::vector<std::span<const std::byte>> buffers;
  std::span<const std::byte> around = around_;
  std::size_t before = head_size_ + block_head_size_;
  for (auto content = content_; !content.empty(); before = block_head_size_) {
    buffers.push_back(around.first(before));
    around = around.subspan(before);
    buffers.push_back(content.first(std::min(block_size_, content.size())));
    content = content.subspan(buffers.back().size());
  }
  if (!around.empty()) buffers.push_back(around);
  return buffers;
}

std::uint32_t crc32(std::span<const std::span<const std::byte>> buffers) {
  std::uint32_t sum = 0;
  for (const auto buffer : buffers) sum = libdeflate_crc32(sum, buffer.data(), buffer.size());
  return sum;
}

}  // namespace acedt::codec
