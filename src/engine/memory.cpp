#include "acedt/engine/memory.hpp"

#include <algorithm>
#include <string>

#include "acedt/archive/compressor.hpp"
#include "acedt/base/error.hpp"
#include "acedt/net/connection.hpp"

namespace acedt::engine {
namespace {

constexpr Bytes program = 16_MiB;  // code, heap and stacks, without buffers
constexpr Bytes min_buffer = 16_KiB;
constexpr Bytes default_window = 64_MiB;
constexpr Bytes min_for_manifests = 8_MiB;
constexpr Bytes default_for_manifests = 256_MiB;

Bytes times(Bytes bytes, std::size_t n) {
  return {bytes.count * n};
}

}  // namespace

Memory divide_memory(const Settings& settings, const CompressionLoad& load) {
  const bool plain = load.compression == codec::Compression::none;
  const Bytes encoders = plain ? 0_B : times(codec::encoder_memory(load.compression, load.level), load.threads);
  const Bytes min_window = plain ? 0_B : archive::min_window;
  const Bytes required = program + encoders + min_window + min_for_manifests + times(min_buffer, settings.connections);
  if (!settings.memory) return {net::Connection::default_buffer, plain ? 0_B : default_window, default_for_manifests};
  if (*settings.memory < required) {
    throw Error(ErrorKind::usage, "--memory: got " + std::to_string(settings.memory->count) + " bytes, but " +
                                      std::to_string(required.count) + " are needed with " +
                                      std::to_string(settings.connections) + " connections")
        .hint(plain ? "give more, or fewer --connections"
                    : "give more, fewer --connections, or a lower --compression-level");
  }
  // Up to half of the rest goes to buffers: with small ones, each system call transfers little.
  const Bytes spare = *settings.memory - required;
  const Bytes buffer =
      std::min(net::Connection::default_buffer, min_buffer + Bytes{spare.count / 2 / settings.connections});
  const Bytes rest = spare - times(buffer - min_buffer, settings.connections);
  const Bytes spare_for_manifests{plain ? rest.count : rest.count / 4};
  const Bytes manifests = std::min(default_for_manifests, min_for_manifests + spare_for_manifests);
  const Bytes window = plain ? 0_B : min_window + rest + min_for_manifests - manifests;
  return {buffer, window, manifests};
}

}  // namespace acedt::engine
