// SipHash-2-4 for bytes, after section 2 of the paper (https://cr.yp.to/siphash/siphash-20120918.pdf): two rounds per
// 64-bit word, four at the end; the last word holds the rest of the bytes and, in its top byte, the length.

#include "acedt/base/hash.hpp"

#include <bit>
#include <cstring>

namespace acedt {
namespace {

static_assert(std::endian::native == std::endian::little, "SipHash reads words in little-endian order");

/// The state of SipHash-2-4, named as in section 2 of the paper: v0 to v3, with the initial values given there.
class SipHash {
 public:
  explicit SipHash(const HashSeed& seed)
      : v0_(seed[0] ^ 0x736f6d6570736575),
        v1_(seed[1] ^ 0x646f72616e646f6d),
        v2_(seed[0] ^ 0x6c7967656e657261),
        v3_(seed[1] ^ 0x7465646279746573) {}

  void add(std::uint64_t word) {
    v3_ ^= word;
    rounds(2);
    v0_ ^= word;
  }

  std::uint64_t finish() {
    v2_ ^= 0xff;
    rounds(4);
    return v0_ ^ v1_ ^ v2_ ^ v3_;
  }

 private:
  void rounds(int count) {
    for (; count > 0; --count) {
      v0_ += v1_, v2_ += v3_;
      v1_ = std::rotl(v1_, 13) ^ v0_, v3_ = std::rotl(v3_, 16) ^ v2_;
      v0_ = std::rotl(v0_, 32);
      v2_ += v1_, v0_ += v3_;
      v1_ = std::rotl(v1_, 17) ^ v2_, v3_ = std::rotl(v3_, 21) ^ v0_;
      v2_ = std::rotl(v2_, 32);
    }
  }

  std::uint64_t v0_, v1_, v2_, v3_;
};

}  // namespace

std::uint64_t seeded_hash(const HashSeed& seed, std::span<const std::byte> bytes) {
  SipHash hash(seed);
  const std::uint64_t size = bytes.size();
  std::uint64_t word = 0;
  for (; bytes.size() >= sizeof word; bytes = bytes.subspan(sizeof word)) {
    std::memcpy(&word, bytes.data(), sizeof word);
    hash.add(word);
  }
  word = 0;
  if (!bytes.empty()) std::memcpy(&word, bytes.data(), bytes.size());
  hash.add(word | size << 56);
  return hash.finish();
}

}  // namespace acedt
