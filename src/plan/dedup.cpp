#include "acedt/plan/dedup.hpp"

#include <utility>

namespace acedt::plan {
namespace {

/// A key of its own for each pair of digest and name: to find two pairs with one key is to find a digest that differs
/// from another in these bits alone.
DigestMap::Key key_in_name(const oci::Digest& digest, std::uint32_t name) {
  DigestMap::Key key = DigestMap::key_of(digest);
  for (std::size_t i = key.size(); name != 0; name >>= 8) key[--i] ^= static_cast<std::byte>(name);
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

void Dedup::add(Archive archive, const oci::Digest& digest, std::optional<tar::Place> place) {
  DigestMap::Entry& known = in_folder_.insert(DigestMap::key_of(digest), archive);
  if (place && !known.place()) {
    known.archive = archive;
    known.set_place(*place);
  }
  if (scope_ == DedupScope::name) in_names_.insert(key_in_name(digest, name_of_archive_[archive]), archive);
}

std::optional<Dedup::Archive> Dedup::holder(const std::string& name, const oci::Digest& digest) const {
  const DigestMap::Entry* holder = nullptr;
  if (scope_ == DedupScope::folder) {
    holder = in_folder_.find(DigestMap::key_of(digest));
  } else if (scope_ == DedupScope::name) {
    const auto number = names_.find(name);
    if (number != names_.end()) holder = in_names_.find(key_in_name(digest, number->second));
  }
  return holder == nullptr ? std::nullopt : std::optional(holder->archive);
}

std::optional<Dedup::Holding> Dedup::find(const oci::Digest& digest) const {
  const DigestMap::Entry* held = in_folder_.find(DigestMap::key_of(digest));
  if (held == nullptr) return std::nullopt;
  return Holding{held->archive, held->place()};
}

}  // namespace acedt::plan
