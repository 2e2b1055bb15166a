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
#include "acedt/tar/header.hpp"

namespace acedt::plan {

/// The archive that has some content, and the location of the content in it. 16 bytes.
class Holding {
 public:
  std::uint32_t archive = 0;

  /// Returns nullopt if no location was set, or if it is beyond 256 TiB, which 48 bits cannot hold.
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

/// A compact hash table for millions of entries: keys of one size, each with a Holding.
///
/// Open addressing with linear probing, over a table of entry numbers that doubles at 3/4 load. The entries themselves
/// are in blocks that never move, so pointers to them stay valid. Keys may come from an attacker: the slots depend on
/// `seed` (see seeded_hash()), so no choice of keys makes it slow.
template <std::size_t key_size>
class HoldingTable {
 public:
  using Key = std::array<std::byte, key_size>;

  explicit HoldingTable(const HashSeed& seed) : seed_(seed) {}

  /// Returns the holding of `key`; adds one of `archive` if there is none. References stay valid.
  Holding& insert(const Key& key, std::uint32_t archive);
  /// Returns null if there is none.
  const Holding* find(const Key& key) const;
  std::size_t size() const noexcept { return size_; }

 private:
  struct Entry {
    Holding holding;
    Key key;
  };
  static constexpr std::size_t block_size = 4096;  // entries
  using Slot = std::uint32_t;                      // 0: free; else 1 + the number of an entry

  Entry& at(std::size_t number) const { return blocks_[number / block_size][number % block_size]; }
  /// Returns the index in slots_ that `key` has, or would get.
  std::size_t slot_of(const Key& key) const;
  void grow();

  HashSeed seed_;
  std::vector<std::unique_ptr<Entry[]>> blocks_;
  std::size_t size_ = 0;
  std::vector<Slot> slots_ = std::vector<Slot>(16);
};

/// Maps content (algorithm, whole digest, size) to a Holding. Takes 61 to 67 bytes per sha256 and 93 to 99 per sha512.
class DigestMap {
 public:
  explicit DigestMap(const HashSeed& seed) : sha256_(seed), sha512_(seed) {}

  /// As in HoldingTable.
  Holding& insert(const oci::Digest& digest, Bytes size, std::uint32_t archive);
  const Holding* find(const oci::Digest& digest, Bytes size) const;
  std::size_t size() const noexcept { return sha256_.size() + sha512_.size(); }

 private:
  HoldingTable<32 + sizeof(Bytes)> sha256_;
  HoldingTable<64 + sizeof(Bytes)> sha512_;
};

}  // namespace acedt::plan
