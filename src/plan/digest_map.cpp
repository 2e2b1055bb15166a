// Memory is what counts: a folder may have tens of millions of blobs. An entry is a key and 16 bytes of holding,
// offsets are packed into 48 bits, and a slot of the table is a 4-byte entry number instead of a pointer.

#include "acedt/plan/digest_map.hpp"

#include <algorithm>
#include <cstring>

namespace acedt::plan {
namespace {

/// Returns digest and size as one key; `Key` must have their size.
template <class Key>
Key key_of(const oci::Digest& digest, Bytes size) {
  Key key;
  std::memcpy(key.data(), &size.count, sizeof size.count);
  std::ranges::copy(digest.raw(), key.begin() + sizeof size.count);
  return key;
}

}  // namespace

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
