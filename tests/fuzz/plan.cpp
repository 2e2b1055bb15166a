// The graph of a planned archive: what is accepted has an entry for each decision, and manifests with their digests.

#include "fuzz/input.hpp"
#include "serialize/plan_file.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace acedt;
  return fuzz::with_text(data, size, [](std::string_view input) {
    const serialize::PlannedGraph parsed = serialize::parse_graph(input);
    fuzz::must(parsed.decision.stored.size() == parsed.graph.entries.size());
    for (const auto& [digest, node] : parsed.nodes)
      if (node.document) fuzz::must(codec::digest_of(digest.algorithm(), as_bytes(node.document->text)) == digest);
  });
}
