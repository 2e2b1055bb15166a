#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "acedt/base/hash.hpp"
#include "acedt/base/units.hpp"
#include "acedt/oci/digest.hpp"
#include "acedt/tar/location.hpp"

namespace acedt::plan {

/// The archive that has a piece of content, and where in it.
class Holding {
 public:
  std::uint32_t archive = 0;

  /// Nothing until it was set; also for one beyond 256 TiB, which does not fit.
  std::optional<tar::Location> location() const;
  void set_location(const tar::Location& location);

 private:
  using Number48 = std::array<std::uint16_t, 3>;

  static Number48 pack(std::uint64_t number);
  static std::uint64_t unpack(const Number48& number);

  static constexpr Number48 nowhere = {0xffff, 0xffff, 0xffff};
  Number48 frame_ = nowhere;
  Number48 skip_ = nowhere;
};

/// Keys of one size, and a Holding for each: millions, in as little memory as can be.
///
/// Entries lie in blocks that never move; a table of their numbers, which doubles, finds them. Keys may come from
/// outside: `seed` decides which slots they get, and nothing else.
template <std::size_t key_size>
class HoldingTable {
 public:
  using Key = std::array<std::byte, key_size>;

  explicit HoldingTable(const HashSeed& seed) : seed_(seed) {}

  /// The holding of `key`; a new one of `archive` where there was none. It never moves.
  Holding& insert(const Key& key, std::uint32_t archive);
  /// Null where there is none.
  const Holding* find(const Key& key) const;
  std::size_t size() const noexcept { return size_; }

 private:
  struct Entry {
    Holding holding;
    Key key;
  };
  static constexpr std::size_t block_size = 4096;  // entries
  using Slot = std::uint32_t;                      // 0: free; else the number of an entry and 1

  Entry& at(std::size_t number) const { return blocks_[number / block_size][number % block_size]; }
  /// Where `key` is in `slots_`, or would be.
  std::size_t slot_of(const Key& key) const;
  void grow();

  HashSeed seed_;
  std::vector<std::unique_ptr<Entry[]>> blocks_;
  std::size_t size_ = 0;
  std::vector<Slot> slots_ = std::vector<Slot>(16);
};

/// Pieces of content, told apart by algorithm, all bytes of the digest and size, and a Holding for each: 61 to 67 bytes
/// a sha256, 93 to 99 a sha512.
class DigestMap {
 public:
  explicit DigestMap(const HashSeed& seed) : sha256_(seed), sha512_(seed) {}

  /// As HoldingTable.
  Holding& insert(const oci::Digest& digest, Bytes size, std::uint32_t archive);
  const Holding* find(const oci::Digest& digest, Bytes size) const;
  std::size_t size() const noexcept { return sha256_.size() + sha512_.size(); }

 private:
  HoldingTable<32 + sizeof(Bytes)> sha256_;
  HoldingTable<64 + sizeof(Bytes)> sha512_;
};

}  // namespace acedt::plan
