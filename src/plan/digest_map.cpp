#include "acedt/plan/digest_map.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace acedt::plan {

DigestMap::Key DigestMap::key_of(const oci::Digest& digest) {
  Key key;
  std::ranges::copy(digest.raw().first(key.size()), key.begin());
  return key;
}

DigestMap::Entry::Number48 DigestMap::Entry::pack(std::uint64_t number) {
  const auto part = [number](int bits) { return static_cast<std::uint16_t>(number >> bits); };
  return {part(0), part(16), part(32)};
}

std::uint64_t DigestMap::Entry::unpack(const Number48& number) {
  return number[0] | std::uint64_t{number[1]} << 16 | std::uint64_t{number[2]} << 32;
}

std::optional<tar::Place> DigestMap::Entry::place() const {
  if (frame_ == nowhere) return std::nullopt;
  return tar::Place{unpack(frame_), unpack(skip_)};
}

void DigestMap::Entry::set_place(const tar::Place& place) {
  const bool fits = std::max(place.frame, place.skip) < unpack(nowhere);
  frame_ = fits ? pack(place.frame) : nowhere;
  skip_ = fits ? pack(place.skip) : nowhere;
}

std::size_t DigestMap::slot_of(const Key& key) const {
  const std::size_t last = slots_.size() - 1;  // a power of two, less one
  std::size_t slot = 0;
  std::memcpy(&slot, key.data(), sizeof slot);  // digests are uniformly distributed already
  for (slot &= last; slots_[slot] != 0 && at(slots_[slot] - 1).key_ != key;) slot = (slot + 1) & last;
  return slot;
}

DigestMap::Entry& DigestMap::insert(const Key& key, std::uint32_t archive) {
  const std::size_t slot = slot_of(key);
  if (slots_[slot] != 0) return at(slots_[slot] - 1);
  if (size_ == blocks_.size() * block_size) blocks_.push_back(std::make_unique<Entry[]>(block_size));
  Entry& entry = at(size_++);
  entry.key_ = key;
  entry.archive = archive;
  slots_[slot] = static_cast<Slot>(size_);
  if (4 * size_ > 3 * slots_.size()) grow();
  return entry;
}

const DigestMap::Entry* DigestMap::find(const Key& key) const {
  const Slot found = slots_[slot_of(key)];
  return found == 0 ? nullptr : &at(found - 1);
}

void DigestMap::grow() {
  slots_ = std::vector<Slot>(2 * slots_.size());
  for (std::size_t number = 0; number < size_; ++number) {
    slots_[slot_of(at(number).key_)] = static_cast<Slot>(number + 1);
  }
}

}  // namespace acedt::plan
