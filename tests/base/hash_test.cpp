#include "acedt/base/hash.hpp"

#include <doctest/doctest.h>

#include <utility>
#include <vector>

using namespace acedt;

TEST_CASE("seeded_hash() agrees with the authors' vectors of SipHash-2-4") {
  constexpr HashSeed seed{0x0706050403020100, 0x0f0e0d0c0b0a0908};
  std::vector<std::byte> bytes;
  for (int i = 0; i < 64; ++i) bytes.push_back(static_cast<std::byte>(i));
  const std::pair<std::size_t, std::uint64_t> vectors[] = {{0, 0x726fdb47dd0e0e31},
                                                           {1, 0x74f839c593dc67fd},
                                                           {8, 0x93f5f5799a932462},
                                                           {15, 0xa129ca6149be45e5},
                                                           {63, 0x958a324ceb064572}};
  for (const auto& [size, hash] : vectors) CHECK(seeded_hash(seed, std::span(bytes).first(size)) == hash);
}

TEST_CASE("different seeds give different hashes") {
  const std::vector<std::byte> bytes(40);
  CHECK(seeded_hash({1, 2}, bytes) != seeded_hash({1, 3}, bytes));
  CHECK(seeded_hash({1, 2}, bytes) != seeded_hash({3, 2}, bytes));
}
