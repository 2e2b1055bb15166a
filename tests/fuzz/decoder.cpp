// Compressed streams, up to a few MiB of what they unpack to.

#include "acedt/codec/compression.hpp"
#include "fuzz/input.hpp"

#include <array>
#include <vector>

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace acedt;
  return fuzz::with_text(data, size, [](std::string_view input) {
    constexpr std::array kinds = {codec::Compression::none, codec::Compression::gzip, codec::Compression::zstd};
    constexpr std::size_t most = 4 << 20;
    codec::Decoder decoder(kinds[fuzz::take_byte(input) % kinds.size()]);
    std::vector<std::byte> output(1 << 16);
    auto rest = as_bytes(input);
    for (std::size_t produced = 0; produced < most;) {
      const auto [consumed, made] = decoder.decode(rest, output);
      fuzz::must(consumed <= rest.size() && made <= output.size());
      rest = rest.subspan(consumed);
      produced += made;
      if (consumed == 0 && made == 0) return;
    }
  });
}
