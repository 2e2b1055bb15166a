#include <libdeflate.h>

#include <algorithm>
#include <cassert>

#include "acedt/codec/compression.hpp"

namespace acedt::codec {
namespace {

constexpr std::size_t zstd_block = 128 * 1024;  // Block_Maximum_Size, and the window
constexpr std::size_t gzip_block = 65535;

}  // namespace

/// As zstd (RFC 8878 section 3.1.1), with raw blocks and no checksum:
///
///     magic | descriptor | window | content size || last, raw, block size | content || …
///
/// As gzip (RFC 1952, and RFC 1951 section 3.2.4), with blocks that are stored:
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

/// Little-endian, as both formats are.
void StoredFrame::put(std::uint64_t value, int bytes) {
  for (; bytes > 0; --bytes, value >>= 8) around_.push_back(static_cast<std::byte>(value & 0xff));
}

std::vector<std::span<const std::byte>> StoredFrame::pieces() const {
  std::vector<std::span<const std::byte>> pieces;
  std::span<const std::byte> around = around_;
  std::size_t before = head_size_ + block_head_size_;
  for (auto content = content_; !content.empty(); before = block_head_size_) {
    pieces.push_back(around.first(before));
    around = around.subspan(before);
    pieces.push_back(content.first(std::min(block_size_, content.size())));
    content = content.subspan(pieces.back().size());
  }
  if (!around.empty()) pieces.push_back(around);
  return pieces;
}

std::uint32_t crc32(std::span<const std::span<const std::byte>> pieces) {
  std::uint32_t sum = 0;
  for (const auto piece : pieces) sum = libdeflate_crc32(sum, piece.data(), piece.size());
  return sum;
}

}  // namespace acedt::codec
