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

/// Memory that grows and is not initialised.
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
  if (ZSTD_isError(size)) throw std::bad_alloc();  // nothing else can be wrong
  return out.first(size);
}

/// Tells content that does not compress (compressed or encrypted already) from a sample of it.
///
/// The pieces of the sample are many and small, so that text between compressed files is seen where it fills a 64th of
/// the content. They may disagree: as soon as they save more than a tar header among noise would, all is worth
/// compressing.
class Sampler {
 public:
  bool compressible(std::span<const std::byte> content) {
    if (content.size() < min_sampled) return true;  // compressing it costs little
    const std::size_t gap = content.size() / pieces;
    std::size_t saved = 0;
    for (std::size_t i = 0; i < pieces && saved <= tar_header; ++i)
      saved += saved_on(content.subspan(i * gap + (gap - piece_size) / 2, piece_size));
    return saved > tar_header;
  }

 private:
  static constexpr std::size_t pieces = 64;
  static constexpr std::size_t piece_size = 2048;
  static constexpr std::size_t min_sampled = 2 * pieces * piece_size;
  static constexpr std::size_t tar_header = 512;

  std::size_t saved_on(std::span<const std::byte> piece) {
    return piece.size() - std::min(piece.size(), zstd_frame(context_.get(), piece, buffer_).size());
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

}  // namespace

struct FrameEncoder::State {
  ZstdContext zstd;     // where that is the format
  GzipCompressor gzip;  // else this
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

}  // namespace acedt::codec
