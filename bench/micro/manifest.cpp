#include "acedt/oci/manifest.hpp"

#include "bench/micro/input.hpp"

#include <benchmark/benchmark.h>

#include <string>

namespace acedt::oci {
namespace {

/// One image manifest, by its number of layers: done once for each row of a list.
void parse_image(benchmark::State& state) {
  const std::string json = bench::image_manifest(static_cast<std::uint64_t>(state.range(0)));
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(Manifest::parse(media_type::oci_manifest, json));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(json.size()));
}
BENCHMARK(parse_image)->Arg(1)->Arg(20)->Arg(1000);

}  // namespace
}  // namespace acedt::oci

BENCHMARK_MAIN();
