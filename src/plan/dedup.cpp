#include "acedt/plan/dedup.hpp"

#include <limits>
#include <utility>

namespace acedt::plan {
namespace {

constexpr tar::Place nowhere{std::numeric_limits<std::uint64_t>::max(), 0};

}  // namespace

Dedup::Archive Dedup::add_archive(std::string file, const std::string& name) {
  files_.push_back(std::move(file));
  if (scope_ == DedupScope::name) holders_of_archive_.push_back(&by_name_[name]);
  return static_cast<Archive>(files_.size() - 1);
}

void Dedup::add(Archive archive, const oci::Digest& digest, std::optional<tar::Place> place) {
  const Held held{archive, place.value_or(nowhere)};
  const auto [known, fresh] = in_folder_.emplace(digest, held);
  if (!fresh && place && known->second.place == nowhere) known->second = held;
  if (scope_ == DedupScope::name) holders_of_archive_[archive]->emplace(digest, archive);
}

std::optional<Dedup::Archive> Dedup::holder(const std::string& name, const oci::Digest& digest) const {
  if (scope_ == DedupScope::folder) {
    const auto held = in_folder_.find(digest);
    if (held != in_folder_.end()) return held->second.archive;
  } else if (scope_ == DedupScope::name) {
    const auto holders = by_name_.find(name);
    if (holders == by_name_.end()) return std::nullopt;
    const auto holder = holders->second.find(digest);
    if (holder != holders->second.end()) return holder->second;
  }
  return std::nullopt;
}

std::optional<Dedup::Holding> Dedup::find(const oci::Digest& digest) const {
  const auto held = in_folder_.find(digest);
  if (held == in_folder_.end()) return std::nullopt;
  const auto& [archive, place] = held->second;
  return Holding{archive, place == nowhere ? std::nullopt : std::optional(place)};
}

}  // namespace acedt::plan
