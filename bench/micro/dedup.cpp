#include "acedt/plan/dedup.hpp"

#include "bench/micro/input.hpp"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace acedt::plan {
namespace {

std::vector<oci::Digest> digests(std::int64_t count, std::uint64_t first) {
  std::vector<oci::Digest> made;
  for (std::int64_t i = 0; i < count; ++i) made.push_back(oci::Digest::parse(bench::digest_text(first++)));
  return made;
}

Dedup filled(const std::vector<oci::Digest>& held) {
  Dedup dedup(DedupScope::folder, {1, 2});
  const auto archive = dedup.add_archive("000001-a.tar", "a");
  for (const oci::Digest& digest : held) dedup.add(archive, digest, 1_B, tar::Location{512, 0});
  return dedup;
}

/// What it takes to know a folder with so many digests: a part of every start.
void fill(benchmark::State& state) {
  const auto held = digests(state.range(0), 0);
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(filled(held));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(fill)->Arg(1'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

/// One question for each blob of a list, of which half are held: cheap as long as the set fits the processor's caches.
void ask(benchmark::State& state) {
  const auto held = digests(state.range(0), 0);
  const auto strange = digests(state.range(0), 1'000'000);
  const Dedup dedup = filled(held);
  const std::string name = "b";
  std::size_t at = 0;
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(dedup.holder(name, held[at], 1_B));
    benchmark::DoNotOptimize(dedup.holder(name, strange[at], 1_B));
    at = at + 1 == held.size() ? 0 : at + 1;
  }
  state.SetItemsProcessed(state.iterations() * 2);
}
BENCHMARK(ask)->Arg(1'000)->Arg(1'000'000);

}  // namespace
}  // namespace acedt::plan

BENCHMARK_MAIN();
