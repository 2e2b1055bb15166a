#include "acedt/oci/manifest.hpp"

#include <benchmark/benchmark.h>

#include <string>

namespace acedt::oci {
namespace {

std::string descriptor(std::size_t number) {
  const std::string digits = std::to_string(number);
  return R"({"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"sha256:)" +
         std::string(64 - digits.size(), '0') + digits + R"(","size":)" + std::to_string(1000 + number) + "}";
}

/// One image manifest, by its number of layers: done once for each row of a list.
void parse_image(benchmark::State& state) {
  std::string layers;
  for (std::size_t i = 1; i <= static_cast<std::size_t>(state.range(0)); ++i)
    layers.append(layers.empty() ? "" : ",").append(descriptor(i));
  const std::string json = R"({"schemaVersion":2,"mediaType":")" + std::string(media_type::oci_manifest) +
                           R"(","config":)" + descriptor(0) + R"(,"layers":[)" + layers + "]}";
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(Manifest::parse(media_type::oci_manifest, json));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(json.size()));
}
BENCHMARK(parse_image)->Arg(1)->Arg(20)->Arg(1000);

}  // namespace
}  // namespace acedt::oci

BENCHMARK_MAIN();
