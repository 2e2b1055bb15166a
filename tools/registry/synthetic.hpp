#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace acedt::testing {

/// xoshiro256++ (Blackman and Vigna): the same numbers from the same seed, several GB of them a second.
class Random {
 public:
  explicit Random(std::uint64_t seed);

  std::uint64_t next() {
    const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }
  /// In [0, 1).
  double fraction() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

 private:
  std::uint64_t state_[4] = {};
};

/// One number from two, well mixed: makes the seed of a part from that of the whole.
std::uint64_t mixed(std::uint64_t a, std::uint64_t b);

/// Bytes that no compressor makes smaller.
void fill_incompressible(std::span<std::byte> out, std::uint64_t seed);

/// Lines of words and codes, about a third of their size when compressed.
void fill_text(std::span<std::byte> out, std::uint64_t seed);

}  // namespace acedt::testing
