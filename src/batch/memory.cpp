#include "batch/memory.hpp"

#include <algorithm>
#include <string>

#include "acedt/archive/compressor.hpp"
#include "acedt/base/error.hpp"
#include "acedt/net/connection.hpp"

namespace acedt::batch {
namespace {

constexpr Bytes program = 16_MiB;  // itself
constexpr Bytes least_buffer = 16_KiB;
constexpr Bytes usual_window = 64_MiB;
constexpr Bytes least_for_manifests = 8_MiB;
constexpr Bytes usual_for_manifests = 256_MiB;

Bytes times(Bytes bytes, std::size_t n) {
  return {bytes.count * n};
}

int level_of(const Options& options) {
  return options.compression_level.value_or(codec::level_range(options.compression).usual);
}

}  // namespace

Memory divide_memory(const Options& options, std::size_t threads) {
  const bool plain = options.compression == codec::Compression::none;
  const Bytes encoders = plain ? 0_B : times(codec::encoder_memory(options.compression, level_of(options)), threads);
  const Bytes least_window = plain ? 0_B : archive::least_window;
  const Bytes least =
      program + encoders + least_window + least_for_manifests + times(least_buffer, options.connections);
  if (!options.memory) return {net::Connection::usual_buffer, plain ? 0_B : usual_window, usual_for_manifests};
  if (*options.memory < least) {
    throw Error(ErrorKind::usage, "--memory: got " + std::to_string(options.memory->count) + " bytes, but " +
                                      std::to_string(least.count) + " are needed with " +
                                      std::to_string(options.connections) + " connections")
        .hint(plain ? "give more, or fewer --connections"
                    : "give more, fewer --connections, or a lower --compression-level");
  }
  // Buffers first, as far as a half goes: without them, each system call carries little.
  const Bytes spare = *options.memory - least;
  const Bytes buffer =
      std::min(net::Connection::usual_buffer, least_buffer + Bytes{spare.count / 2 / options.connections});
  const Bytes rest = spare - times(buffer - least_buffer, options.connections);
  const Bytes spare_for_manifests{plain ? rest.count : rest.count / 4};
  const Bytes manifests = std::min(usual_for_manifests, least_for_manifests + spare_for_manifests);
  const Bytes window = plain ? 0_B : least_window + rest + least_for_manifests - manifests;
  return {buffer, window, manifests};
}

}  // namespace acedt::batch
