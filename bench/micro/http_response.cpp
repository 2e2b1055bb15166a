#include "acedt/http/message_reader.hpp"

#include "bench/micro/input.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <span>
#include <string>
#include <variant>

namespace acedt::http {
namespace {

/// What HTTP costs a response, by the size of its body: the head is all of the cost at the small end, and a large body
/// must cost next to nothing. It comes in reads of 64 KiB.
void whole_response(benchmark::State& state) {
  const std::string wire = bench::response(static_cast<std::size_t>(state.range(0)));
  const auto input = std::as_bytes(std::span(wire));
  ResponseReader reader;
  for ([[maybe_unused]] auto _ : state) {
    reader.start(false);
    std::size_t at = 0;
    for (bool done = false; !done;) {
      std::size_t used = 0;
      const auto step = reader.feed(input.subspan(at, std::min<std::size_t>(64 << 10, input.size() - at)), used);
      at += used;
      done = std::holds_alternative<ResponseReader::Done>(step);
      if (std::holds_alternative<ResponseReader::Malformed>(step)) {
        state.SkipWithError("malformed");
        return;
      }
    }
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(wire.size()));
}
BENCHMARK(whole_response)->Arg(0)->Arg(4 << 10)->Arg(1 << 20);

}  // namespace
}  // namespace acedt::http

BENCHMARK_MAIN();
