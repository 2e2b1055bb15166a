#include "acedt/plan/dedup.hpp"

#include <benchmark/benchmark.h>

#include <random>
#include <string>
#include <vector>

namespace acedt::plan {
namespace {

std::vector<oci::Digest> digests(std::size_t count, unsigned seed) {
  static const char* const hex = "0123456789abcdef";
  std::mt19937_64 random(seed);
  std::vector<oci::Digest> made;
  for (std::size_t i = 0; i < count; ++i) {
    std::string text = "sha256:";
    for (int k = 0; k < 64; ++k) text += hex[random() % 16];
    made.push_back(oci::Digest::parse(text));
  }
  return made;
}

Dedup filled(const std::vector<oci::Digest>& held) {
  Dedup dedup(DedupScope::folder);
  const auto archive = dedup.add_archive("000001-a.tar", "a");
  for (const oci::Digest& digest : held) dedup.add(archive, digest, tar::Place{512, 0});
  return dedup;
}

/// What it takes to know a folder with so many digests: a part of every start.
void fill(benchmark::State& state) {
  const auto held = digests(static_cast<std::size_t>(state.range(0)), 1);
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(filled(held));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(fill)->Arg(1'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

/// One question for each blob of a list, of which half are held: cheap as long as the set fits the processor's caches.
void ask(benchmark::State& state) {
  const auto held = digests(static_cast<std::size_t>(state.range(0)), 1);
  const auto strange = digests(held.size(), 2);
  const Dedup dedup = filled(held);
  const std::string name = "b";
  std::size_t at = 0;
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(dedup.holder(name, held[at]));
    benchmark::DoNotOptimize(dedup.holder(name, strange[at]));
    at = at + 1 == held.size() ? 0 : at + 1;
  }
  state.SetItemsProcessed(state.iterations() * 2);
}
BENCHMARK(ask)->Arg(1'000)->Arg(1'000'000);

}  // namespace
}  // namespace acedt::plan

BENCHMARK_MAIN();
