#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "acedt/oci/digest.hpp"
#include "acedt/tar/place.hpp"

namespace acedt::plan {

/// Digests, and for each an archive and a place in it: millions, at 53 to 59 bytes each.
///
/// Entries lie in blocks that never move; a table of their numbers, which doubles, finds them. Of a sha512 digest the
/// first half is compared, which is as hard to forge as a sha256.
class DigestMap {
 public:
  using Key = std::array<std::byte, 32>;

  static Key key_of(const oci::Digest& digest);

  class Entry {
   public:
    std::uint32_t archive = 0;

    /// Nothing until it was set; also for one beyond 256 TiB, which does not fit.
    std::optional<tar::Place> place() const;
    void set_place(const tar::Place& place);

   private:
    friend class DigestMap;
    using Number48 = std::array<std::uint16_t, 3>;

    static Number48 pack(std::uint64_t number);
    static std::uint64_t unpack(const Number48& number);

    Key key_ = {};
    Number48 frame_ = nowhere;
    Number48 skip_ = nowhere;
    static constexpr Number48 nowhere = {0xffff, 0xffff, 0xffff};
  };

  /// The entry of `key`; a new one of `archive` where there was none.
  Entry& insert(const Key& key, std::uint32_t archive);
  const Entry* find(const Key& key) const;
  std::size_t size() const noexcept { return size_; }

 private:
  static constexpr std::size_t block_size = 4096;  // entries
  using Slot = std::uint32_t;                      // 0: free; else the number of an entry and 1

  Entry& at(std::size_t number) const { return blocks_[number / block_size][number % block_size]; }
  /// Where `key` is in `slots_`, or would be.
  std::size_t slot_of(const Key& key) const;
  void grow();

  std::vector<std::unique_ptr<Entry[]>> blocks_;
  std::size_t size_ = 0;
  std::vector<Slot> slots_ = std::vector<Slot>(16);
};

}  // namespace acedt::plan
