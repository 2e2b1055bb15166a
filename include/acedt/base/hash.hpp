#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace acedt {

/// The key of a seeded hash: random in a run, so that nobody can choose keys that collide; fixed in a test.
using HashSeed = std::array<std::uint64_t, 2>;

/// Returns SipHash-2-4 of `bytes` (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012,
/// https://cr.yp.to/siphash/siphash-20120918.pdf).
///
/// For hash tables whose keys come from outside: without the seed, an attacker cannot find keys that share a slot.
std::uint64_t seeded_hash(const HashSeed& seed, std::span<const std::byte> bytes);

}  // namespace acedt
