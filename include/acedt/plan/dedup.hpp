#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "acedt/base/units.hpp"
#include "acedt/oci/digest.hpp"
#include "acedt/tar/header.hpp"

namespace acedt::plan {

/// The key of a seeded hash: random in a run, so that nobody can choose keys that collide; fixed in a test.
using HashSeed = std::array<std::uint64_t, 2>;

/// Returns SipHash-2-4 of `bytes` (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012,
/// https://cr.yp.to/siphash/siphash-20120918.pdf).
///
/// For hash tables whose keys come from outside: without the seed, an attacker cannot find keys that share a slot.
std::uint64_t seeded_hash(const HashSeed& seed, std::span<const std::byte> bytes);

/// Returns a seed that nobody can foresee.
HashSeed random_seed();

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

/// Which earlier archives allow a new one to leave a blob out.
enum class DedupScope {
  folder,  ///< all archives of the sync folder: each blob is stored once
  name,    ///< archives of the same name, as in the reference
  none,    ///< none: each archive is complete in itself
};

/// The index of all content in a sync folder: decides which blobs a new archive leaves out, and finds the archive that
/// a blob can be copied from.
///
/// Content is equal if algorithm, the whole digest and size are. If a manifest lists a blob with a wrong size, the
/// index does not have it, so it is fetched, and its verification fails. The index is the only part of a run that grows
/// with the folder, by 61 to 99 bytes per digest (see DigestMap).
class Dedup {
 public:
  using Archive = std::uint32_t;  ///< index of an archive, in the order of add_archive()

  /// `seed` affects speed only; see HoldingTable.
  Dedup(DedupScope scope, const HashSeed& seed) : scope_(scope), in_folder_(seed), in_names_(seed) {}

  /// Adds an archive: `file` is its file name, `name` the name of its row. Archives come in order of their numbers.
  Archive add_archive(std::string file, const std::string& name);
  /// Returns the file name of `archive`.
  const std::string& file(Archive archive) const { return files_[archive]; }

  /// Records that `archive` stores this content. The location is unset while the archive is being written (a second
  /// call sets it), and if the archive was moved out of the folder. For each content, the first archive with a location
  /// counts, or else the first archive.
  void add(Archive archive, const oci::Digest& digest, Bytes size, std::optional<tar::Location> location);

  /// Returns the archive that allows a new archive of `name` to leave this blob out, or nullopt.
  std::optional<Archive> holder(const std::string& name, const oci::Digest& digest, Bytes size) const;

  /// Returns the archive with this content, in any scope, or nullopt. Its location may be unset: see add().
  std::optional<Holding> find(const oci::Digest& digest, Bytes size) const;

 private:
  using KeyInName = HoldingTable<sizeof(const Holding*) + sizeof(std::uint32_t)>::Key;
  /// Returns the key of content that in_folder_ has as `held`.
  static KeyInName key_in_name(const Holding& held, std::uint32_t name);

  DedupScope scope_;
  std::vector<std::string> files_;
  DigestMap in_folder_;
  // For scope `name` only:
  std::map<std::string, std::uint32_t> names_;  // -> number of the name
  std::vector<std::uint32_t> name_of_archive_;
  HoldingTable<sizeof(KeyInName)> in_names_;
};

}  // namespace acedt::plan
