// One table from content to the archive that has it, for all scopes. Scope `name` adds a table with the pair (content,
// name), in which the address of the first table's entry stands for the content: 12 bytes instead of a digest.

#include "acedt/plan/dedup.hpp"

#include <cstring>
#include <utility>

namespace acedt::plan {

Dedup::Archive Dedup::add_archive(std::string file, const std::string& name) {
  files_.push_back(std::move(file));
  if (scope_ == DedupScope::name) {
    const auto number = static_cast<std::uint32_t>(names_.size());
    name_of_archive_.push_back(names_.emplace(name, number).first->second);
  }
  return static_cast<Archive>(files_.size() - 1);
}

Dedup::KeyInName Dedup::key_in_name(const Holding& held, std::uint32_t name) {
  const Holding* const in_folder = &held;  // stands for digest and size: it never moves
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

}  // namespace acedt::plan
