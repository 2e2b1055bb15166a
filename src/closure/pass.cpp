#include "acedt/closure/pass.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "acedt/base/text.hpp"
#include "acedt/oci/manifest.hpp"
#include "closure/hash_thread.hpp"

namespace acedt::closure {
namespace {

constexpr Bytes max_manifest = 8_MiB;
constexpr Bytes max_manifests = 64_MiB;
constexpr Bytes min_for_thread = 1_MiB;

/// Returns false if `bytes` cannot be the start of a JSON object.
bool begins_an_object(std::span<const std::byte> bytes) {
  constexpr std::string_view blanks = " \t\r\n";
  const std::string_view text = as_text(bytes);
  const std::size_t first = text.find_first_not_of(blanks);
  return first == std::string_view::npos || text[first] == '{';
}

}  // namespace

Pass::Pass(bool all) : all_(all) {}

Pass::~Pass() = default;

bool Pass::begin(const archive::Found& blob) {
  blob_ = blob;
  may_be_manifest_ = blob.size <= max_manifest && kept_ + blob.size <= max_manifests;
  text_.clear();
  hasher_.reset();
  if (all_ && blob.size < min_for_thread) hasher_.emplace(blob.digest.algorithm());
  if (all_ && !hasher_ && !hash_thread_) hash_thread_ = std::make_unique<HashThread>();
  return all_ || may_be_manifest_;
}

void Pass::data(std::span<const std::byte> bytes) {
  if (hasher_) hasher_->update(bytes);
  if (all_ && !hasher_) hash_thread_->add(*blob_, bytes);
  if (text_.empty() && !begins_an_object(bytes)) may_be_manifest_ = false;
  if (may_be_manifest_) text_ += as_text(bytes);
}

void Pass::end() {
  if (all_ && !hasher_) hash_thread_->end(*blob_);
  if (!hasher_ && !may_be_manifest_) return;
  const oci::Digest digest = hasher_ ? hasher_->finish() : codec::digest_of(blob_->digest.algorithm(), as_bytes(text_));
  const auto fault = compare(*blob_, digest);
  if (fault && hasher_) damage_.push_back(*fault);
  if (fault) seen_[blob_->digest].problem = Error(ErrorKind::corrupt, fault->what);
  if (!fault && may_be_manifest_) take_manifest();
}

std::vector<Fault> Pass::finish() {
  if (hash_thread_) std::ranges::move(hash_thread_->finish(), std::back_inserter(damage_));
  std::ranges::sort(damage_, {}, [](const Fault& fault) { return *fault.digest; });
  return std::move(damage_);
}

void Pass::take_manifest() {
  const std::string media_type = oci::sniff_media_type(text_);
  if (!oci::is_manifest(media_type)) return;
  Seen& seen = seen_[blob_->digest];
  seen.media_type = media_type;
  kept_ += blob_->size;
  try {
    seen.links = links_of(media_type, text_);
  } catch (const Error& error) {
    seen.problem = error;
  }
}

std::optional<std::vector<Link>> Pass::links(const oci::Digest& digest, std::string_view media_type) const {
  const auto seen = seen_.find(digest);
  if (seen == seen_.end()) return std::nullopt;
  if (seen->second.problem) throw Error(*seen->second.problem);
  if (seen->second.media_type != media_type) return std::nullopt;
  return seen->second.links;
}

}  // namespace acedt::closure
