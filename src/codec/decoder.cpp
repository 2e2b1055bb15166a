// One decoder over zlib and libzstd. Both stop at the end of each frame, so that State knows the boundaries: only there
// may the input end, and only there are zeros accepted.

#include "acedt/codec/compression.hpp"

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"

#define ZLIB_CONST  // next_in points to const
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <cassert>
#include <limits>
#include <new>
#include <optional>
#include <string>

namespace acedt::codec {
namespace {

using Input = std::span<const std::byte>;
using Output = std::span<std::byte>;

struct Step {
  Decoder::Progress progress = {};
  bool frame_ended = false;
};

/// Decodes gzip members with zlib, one at a time.
class GzipMembers {
 public:
  GzipMembers() {
    constexpr int gzip_only = 16;
    if (inflateInit2(&stream_, gzip_only + MAX_WBITS) != Z_OK) throw std::bad_alloc();
  }
  GzipMembers(const GzipMembers&) = delete;  // zlib keeps a pointer to stream_
  GzipMembers& operator=(const GzipMembers&) = delete;
  ~GzipMembers() { inflateEnd(&stream_); }

  Step decode(Input input, Output output) {
    input = input.first(std::min(input.size(), max_at_once));
    output = output.first(std::min(output.size(), max_at_once));
    stream_.next_in = reinterpret_cast<const Bytef*>(input.data());
    stream_.avail_in = static_cast<uInt>(input.size());
    stream_.next_out = reinterpret_cast<Bytef*>(output.data());
    stream_.avail_out = static_cast<uInt>(output.size());
    const int result = inflate(&stream_, Z_NO_FLUSH);
    if (result == Z_MEM_ERROR) throw std::bad_alloc();
    // Z_BUF_ERROR means that it could neither read nor write: not an error here.
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
      throw Error(ErrorKind::corrupt, "gzip: the data is damaged");
    }
    if (result == Z_STREAM_END) inflateReset(&stream_);
    return {{input.size() - stream_.avail_in, output.size() - stream_.avail_out}, result == Z_STREAM_END};
  }

 private:
  static constexpr std::size_t max_at_once = std::numeric_limits<uInt>::max();
  z_stream stream_ = {};
};

/// Decodes zstd frames with libzstd, one at a time.
class ZstdFrames {
 public:
  ZstdFrames() : context_(ZSTD_createDCtx()) {
    if (!context_) throw std::bad_alloc();
    ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, 29);
  }

  /// `begins`: the input starts with the first byte of a frame.
  Step decode(Input input, Output output, bool begins) {
    // libzstd reports an error after several calls without progress.
    if (input.empty() && flushed_) return {};
    if (begins && !is_magic(input.front())) throw Error(ErrorKind::corrupt, "zstd: the data is damaged");
    ZSTD_inBuffer in{input.data(), input.size(), 0};
    ZSTD_outBuffer out{output.data(), output.size(), 0};
    const std::size_t result = ZSTD_decompressStream(context_.get(), &out, &in);
    if (ZSTD_isError(result)) fail(result);
    flushed_ = out.pos < out.size;
    return {{in.pos, out.pos}, result == 0};
  }

 private:
  struct Free {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };

  /// Returns true for frames of RFC 8878: libzstd also decodes its own earlier formats, with less careful code.
  static bool is_magic(std::byte first) {
    return first == std::byte{0x28} || (first & std::byte{0xf0}) == std::byte{0x50};
  }

  [[noreturn]] static void fail(std::size_t result) {
    if (ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation) throw std::bad_alloc();
    if (ZSTD_getErrorCode(result) == ZSTD_error_frameParameter_windowTooLarge)
      throw Error(ErrorKind::corrupt, "zstd: the data needs a window of more than 512 MiB")
          .hint("compress it again with a window of 512 MiB or less (zstd --long=29)");
    throw Error(ErrorKind::corrupt, "zstd: the data is damaged");
  }

  std::unique_ptr<ZSTD_DCtx, Free> context_;
  bool flushed_ = true;  // everything that could be decoded was returned
};

}  // namespace

struct Decoder::State {
  enum class Phase { start, within, between, padding };

  explicit State(Compression kind) : compression(kind) {
    if (kind == Compression::gzip) gzip.emplace();
    if (kind == Compression::zstd) zstd.emplace();
  }

  Compression compression;
  std::optional<GzipMembers> gzip;
  std::optional<ZstdFrames> zstd;
  Phase phase = Phase::start;
};

Decoder::Decoder(Compression compression) : state_(std::make_unique<State>(compression)) {}
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder::~Decoder() = default;

Decoder::Progress Decoder::decode(Input input, Output output) {
  using Phase = State::Phase;
  assert(!output.empty());
  if (state_->compression == Compression::none) {
    const std::size_t n = std::min(input.size(), output.size());
    std::copy_n(input.begin(), n, output.begin());
    return {n, n};
  }
  Phase& phase = state_->phase;
  if (phase != Phase::within && input.empty()) return {};
  if (phase == Phase::between && input.front() == std::byte{0}) phase = Phase::padding;
  if (phase == Phase::padding) {
    const bool all_zero = std::all_of(input.begin(), input.end(), [](std::byte b) { return b == std::byte{0}; });
    if (!all_zero)
      throw Error(ErrorKind::corrupt, "compressed stream: data after the zeros that follow the last frame");
    return {input.size(), 0};
  }
  const Step step =
      state_->gzip ? state_->gzip->decode(input, output) : state_->zstd->decode(input, output, phase != Phase::within);
  phase = step.frame_ended ? Phase::between : Phase::within;
  return step.progress;
}

bool Decoder::at_boundary() const {
  return state_->compression == Compression::none || state_->phase != State::Phase::within;
}

}  // namespace acedt::codec
