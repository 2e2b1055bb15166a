#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "acedt/base/units.hpp"
#include "tools/registry/store.hpp"

namespace acedt::testing {

/// Images to be made up: the same bytes from the same words, on every machine and with any number of threads.
struct CorpusSpec {
  enum class Kind { random, text };
  std::string name = {};
  std::size_t artifacts = 1;
  std::size_t blobs = 1;   ///< layers that an image has for itself
  std::size_t shared = 0;  ///< layers that all images of this corpus have
  Bytes smallest = {1'000'000};
  Bytes largest = {1'000'000};
  Kind kind = Kind::random;
  std::uint64_t seed = 1;

  /// `[NAME:]KEY=VALUE,…`, see corpus_help. Throws Error(bad_input).
  static CorpusSpec parse(std::string_view text);
  /// The bytes of all layers, when each is as large as it can be.
  Bytes max_bytes() const;
};

/// The grammar of a corpus, for --help.
inline constexpr std::string_view corpus_help =
    "A corpus is [NAME:]KEY=VALUE,...; its images are bench/a0001:v1, bench/a0002:v1 and so on, numbered through all\n"
    "corpora. NAME goes into the seed. Keys:\n"
    "  artifacts=N        images (1)\n"
    "  blobs=N            layers that each image has for itself (1)\n"
    "  shared=N           layers that all images of the corpus share (0)\n"
    "  size=BYTES[-BYTES] of each layer, with a unit: 100MB, 64KiB (1MB); a range is filled evenly by orders of "
    "magnitude\n"
    "  kind=random|text   incompressible, or text that compresses to a third (random)\n"
    "  seed=N             other content (1)\n"
    "for example: large:artifacts=1,blobs=12,size=100MB,seed=1";

/// Puts the images into `store` and returns their names, "a0001" and on, counted from `first`.
std::vector<std::string> generate(Store& store, const CorpusSpec& spec, std::size_t first);

/// The batch list of them: `name,artifact`, with the artifacts at `address`.
std::string batch_list(const std::vector<std::string>& names, std::string_view address);

}  // namespace acedt::testing
