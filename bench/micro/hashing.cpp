#include "acedt/codec/hasher.hpp"

#include "bench/micro/input.hpp"

#include <benchmark/benchmark.h>

#include <span>
#include <string>

namespace acedt::codec {
namespace {

/// Bytes hashed in a second, by the size of the pieces: what one connection can take at most, and the cost of a small
/// blob.
void hash(benchmark::State& state, oci::Algorithm algorithm) {
  const std::string text = bench::random_bytes(static_cast<std::size_t>(state.range(0)));
  const auto bytes = std::as_bytes(std::span(text));
  Hasher hasher(algorithm);
  for ([[maybe_unused]] auto _ : state) {
    hasher.update(bytes);
    benchmark::DoNotOptimize(hasher.finish());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}
BENCHMARK_CAPTURE(hash, sha256, oci::Algorithm::sha256)->Arg(64)->Arg(4 << 10)->Arg(256 << 10);
BENCHMARK_CAPTURE(hash, sha512, oci::Algorithm::sha512)->Arg(64)->Arg(4 << 10)->Arg(256 << 10);

}  // namespace
}  // namespace acedt::codec

BENCHMARK_MAIN();
