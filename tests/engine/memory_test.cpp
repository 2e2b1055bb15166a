#include "acedt/engine/memory.hpp"

#include <doctest/doctest.h>

#include "acedt/archive/compressor.hpp"
#include "support/failure.hpp"

using namespace acedt;
using namespace acedt::engine;

namespace {

Memory divided(codec::Compression compression, unsigned connections, std::optional<Bytes> memory) {
  Settings settings;
  settings.connections = connections;
  settings.memory = memory;
  return divide_memory(settings, {compression, codec::level_range(compression).default_level, 2});
}

}  // namespace

TEST_CASE("by default, 64 connections get 16 MiB of buffers, and compression a window of 64 MiB") {
  const Memory plain = divided(codec::Compression::none, 64, {});
  CHECK(plain.receive_buffer == 256_KiB);
  CHECK(plain.compression_window == 0_B);
  CHECK(plain.manifests == 256_MiB);
  const Memory zstd = divided(codec::Compression::zstd, 64, {});
  CHECK(zstd.receive_buffer == 256_KiB);
  CHECK(zstd.compression_window == 64_MiB);
}

TEST_CASE("the shares add up to no more than --memory, and use most of it") {
  for (const auto compression : {codec::Compression::none, codec::Compression::gzip, codec::Compression::zstd}) {
    for (const unsigned connections : {1U, 64U, 1024U}) {
      for (const Bytes memory : {128_MiB, 1_GiB}) {
        const Memory parts = divided(compression, connections, memory);
        const Bytes all = parts.compression_window + parts.manifests + Bytes{parts.receive_buffer.count * connections};
        CHECK(parts.receive_buffer >= 16_KiB);
        CHECK(parts.receive_buffer <= 256_KiB);
        CHECK(parts.manifests >= 8_MiB);
        CHECK(parts.manifests <= 256_MiB);
        CHECK(all < memory);
        if (compression != codec::Compression::none) CHECK(parts.compression_window >= archive::min_window);
        if (compression != codec::Compression::none) CHECK(all + 64_MiB > memory);
      }
    }
  }
}

TEST_CASE("too little memory is refused with the amount that is needed") {
  const std::string text =
      testing::failure(ErrorKind::usage, [] { divided(codec::Compression::none, 64, Bytes{1'000'000}); });
  CHECK(text == "--memory: got 1000000 bytes, but 26214400 are needed with 64 connections");
  divided(codec::Compression::none, 64, Bytes{26214400});
}
