#include "acedt/tar/header.hpp"
#include "acedt/tar/reader.hpp"

#include <benchmark/benchmark.h>

#include <span>
#include <string>
#include <variant>

namespace acedt::tar {
namespace {

const std::string name = "blobs/sha256/" + std::string(64, 'a');

/// The header of one blob: all that an archive costs beside its content. At 8 GiB it needs an extended header.
void write_header(benchmark::State& state) {
  const Bytes size{static_cast<std::uint64_t>(state.range(0))};
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(file_header(name, size));
}
BENCHMARK(write_header)->Arg(4096)->Arg(std::int64_t{8} << 30);

/// Entries of 4 KiB read in a second: how fast a folder without a ledger is taken stock of, when it is not the disk
/// that holds it up.
void read_entries(benchmark::State& state) {
  constexpr int entries = 256;
  std::string archive;
  for (int i = 0; i < entries; ++i) archive += file_header(name, {4096}) + std::string(4096, 'x');
  archive.append(end_of_archive.count, '\0');
  for ([[maybe_unused]] auto _ : state) {
    Reader reader;
    auto left = std::as_bytes(std::span(archive));
    for (bool done = false; !done;) {
      std::size_t used = 0;
      const auto step = reader.feed(left, used);
      left = left.subspan(used);
      done = std::holds_alternative<Reader::End>(step);
      if (std::holds_alternative<Reader::Malformed>(step)) {
        state.SkipWithError("malformed");
        return;
      }
    }
  }
  state.SetItemsProcessed(state.iterations() * entries);
}
BENCHMARK(read_entries);

}  // namespace
}  // namespace acedt::tar

BENCHMARK_MAIN();
