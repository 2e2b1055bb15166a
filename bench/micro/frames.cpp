#include "acedt/codec/compression.hpp"

#include "bench/micro/input.hpp"

#include <benchmark/benchmark.h>

#include <span>
#include <string>

namespace acedt::codec {
namespace {

/// One frame of 4 MiB on one processor at the usual level: what bounds --compression. Random bytes, which layers
/// that are compressed already look like, must be far faster than text.
void encode(benchmark::State& state, Compression compression, std::string (*content)(std::size_t)) {
  const std::string text = content(4 << 20);
  const auto bytes = std::as_bytes(std::span(text));
  FrameEncoder encoder(compression, level_range(compression).default_level);
  std::size_t size = 0;
  for ([[maybe_unused]] auto _ : state) {
    const auto frame = encoder.encode(bytes);
    size = frame ? frame->size() : StoredFrame(compression, bytes).size().count;
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
  state.counters["smaller"] = static_cast<double>(bytes.size()) / static_cast<double>(size);
}
BENCHMARK_CAPTURE(encode, zstd_text, Compression::zstd, bench::log_text)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(encode, zstd_random, Compression::zstd, bench::random_bytes)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(encode, gzip_text, Compression::gzip, bench::log_text)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(encode, gzip_random, Compression::gzip, bench::random_bytes)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace acedt::codec

BENCHMARK_MAIN();
