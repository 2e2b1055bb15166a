// One table from content to the archive that has it, for all scopes. Scope `name` adds a table with the pair (content,
// name), in which the address of the first table's entry stands for the content: 12 bytes instead of a digest.
//
// Memory is what counts: a folder may have tens of millions of blobs. An entry is a key and 16 bytes of holding,
// offsets are packed into 48 bits, and a slot of the table is a 4-byte entry number instead of a pointer.
//
// Keys come from registries, so slots are chosen by SipHash-2-4 with a random seed, after section 2 of the paper
// (https://cr.yp.to/siphash/siphash-20120918.pdf): two rounds per 64-bit word, four at the end; the last word holds the
// rest of the bytes and, in its top byte, the length.

#include "acedt/plan/dedup.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <random>
#include <utility>

namespace acedt::plan {
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

/// Returns digest and size as one key; `Key` must have their size.
template <class Key>
Key key_of(const oci::Digest& digest, Bytes size) {
  Key key;
  std::memcpy(key.data(), &size.count, sizeof size.count);
  std::ranges::copy(digest.raw(), key.begin() + sizeof size.count);
  return key;
}

}  // namespace

Dedup::Archive Dedup::add_archive(std::string file, const std::string& name) {
  files_.push_back(std::move(file));
  if (scope_ == DedupScope::name) {
    const auto number = static_cast<std::uint32_t>(names_.size());
    name_of_archive_.push_back(names_.emplace(name, number).first->second);
  }
  return static_cast<Archive>(files_.size() - 1);
}

Dedup::KeyInName Dedup::key_in_name(const Holding& held, std::uint32_t name) {
  const auto in_folder = reinterpret_cast<std::uintptr_t>(&held);  // stands for digest and size: it never moves
  KeyInName key;
  std::memcpy(key.data(), &in_folder, sizeof in_folder);
  std::memcpy(key.data() + sizeof in_folder, &name, sizeof name);
  return key;
}

void Dedup::add(Archive archive, const oci::Digest& digest, Bytes size, std::optional<tar::Location> location) {
  Holding& known = in_folder_.insert(digest, size, archive);
  if (location && !known.location()) {
    known.archive = archive;
    known.set_location(*location);
  }
  if (scope_ == DedupScope::name) in_names_.insert(key_in_name(known, name_of_archive_[archive]), archive);
}

std::optional<Dedup::Archive> Dedup::holder(const std::string& name, const oci::Digest& digest, Bytes size) const {
  const Holding* holder = scope_ == DedupScope::none ? nullptr : in_folder_.find(digest, size);
  if (holder != nullptr && scope_ == DedupScope::name) {
    const auto number = names_.find(name);
    holder = number == names_.end() ? nullptr : in_names_.find(key_in_name(*holder, number->second));
  }
  return holder == nullptr ? std::nullopt : std::optional(holder->archive);
}

std::optional<Holding> Dedup::find(const oci::Digest& digest, Bytes size) const {
  const Holding* held = in_folder_.find(digest, size);
  return held == nullptr ? std::nullopt : std::optional(*held);
}

HashSeed random_seed() {
  std::random_device random;
  HashSeed seed{};
  for (std::uint64_t& word : seed) word = std::uint64_t{random()} << 32 | random();
  return seed;
}

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

Holding::Number48 Holding::pack(std::uint64_t number) {
  const auto part = [number](int bits) { return static_cast<std::uint16_t>(number >> bits); };
  return {part(0), part(16), part(32)};
}

std::uint64_t Holding::unpack(const Number48& number) {
  return number[0] | std::uint64_t{number[1]} << 16 | std::uint64_t{number[2]} << 32;
}

std::optional<tar::Location> Holding::location() const {
  if (frame_ == nowhere) return std::nullopt;
  return tar::Location{unpack(frame_), unpack(skip_)};
}

void Holding::set_location(const tar::Location& location) {
  const bool fits = std::max(location.frame, location.skip) < unpack(nowhere);
  frame_ = fits ? pack(location.frame) : nowhere;
  skip_ = fits ? pack(location.skip) : nowhere;
}

template <std::size_t key_size>
std::size_t HoldingTable<key_size>::slot_of(const Key& key) const {
  const std::size_t last = slots_.size() - 1;  // a power of two, less one
  std::size_t slot = seeded_hash(seed_, key) & last;
  while (slots_[slot] != 0 && at(slots_[slot] - 1).key != key) slot = (slot + 1) & last;
  return slot;
}

template <std::size_t key_size>
Holding& HoldingTable<key_size>::insert(const Key& key, std::uint32_t archive) {
  const std::size_t slot = slot_of(key);
  if (slots_[slot] != 0) return at(slots_[slot] - 1).holding;
  if (size_ == blocks_.size() * block_size) blocks_.push_back(std::make_unique<Entry[]>(block_size));
  Entry& entry = at(size_++);
  entry.key = key;
  entry.holding.archive = archive;
  slots_[slot] = static_cast<Slot>(size_);
  if (4 * size_ > 3 * slots_.size()) grow();
  return entry.holding;
}

template <std::size_t key_size>
const Holding* HoldingTable<key_size>::find(const Key& key) const {
  const Slot found = slots_[slot_of(key)];
  return found == 0 ? nullptr : &at(found - 1).holding;
}

template <std::size_t key_size>
void HoldingTable<key_size>::grow() {
  slots_ = std::vector<Slot>(2 * slots_.size());
  for (std::size_t number = 0; number < size_; ++number) {
    slots_[slot_of(at(number).key)] = static_cast<Slot>(number + 1);
  }
}

template class HoldingTable<12>;  // for Dedup: a pointer and a number

Holding& DigestMap::insert(const oci::Digest& digest, Bytes size, std::uint32_t archive) {
  if (digest.algorithm() == oci::Algorithm::sha512)
    return sha512_.insert(key_of<decltype(sha512_)::Key>(digest, size), archive);
  return sha256_.insert(key_of<decltype(sha256_)::Key>(digest, size), archive);
}

const Holding* DigestMap::find(const oci::Digest& digest, Bytes size) const {
  if (digest.algorithm() == oci::Algorithm::sha512) return sha512_.find(key_of<decltype(sha512_)::Key>(digest, size));
  return sha256_.find(key_of<decltype(sha256_)::Key>(digest, size));
}

}  // namespace acedt::plan
