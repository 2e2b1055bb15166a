#include "tools/registry/store.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/codec/hasher.hpp"
#include "tools/registry/manifest_facts.hpp"

namespace acedt::testing {

std::optional<oci::Digest> to_digest(std::string_view text) {
  if (text.find(':') == std::string_view::npos) return std::nullopt;  // a tag, without the cost of an exception
  try {
    return oci::Digest::parse(text);
  } catch (const Error&) {
    return std::nullopt;
  }
}

const StoredManifest* Store::Repository::find(std::string_view reference) const {
  auto digest = to_digest(reference);
  if (!digest) {
    const auto tag = tags.find(reference);
    if (tag == tags.end()) return nullptr;
    digest = tag->second;
  }
  const auto found = manifests.find(*digest);
  return found == manifests.end() ? nullptr : &found->second;
}

const Store::Repository* Store::find(std::string_view repository) const {
  const auto found = repositories_.find(repository);
  return found == repositories_.end() ? nullptr : &found->second;
}

Store::Repository& Store::at(std::string_view repository) {
  const auto found = repositories_.find(repository);
  return found == repositories_.end() ? repositories_[std::string(repository)] : found->second;
}

oci::Digest Store::put_blob(std::string_view repository, Content content) {
  const auto digest = codec::digest_of(oci::Algorithm::sha256, content.bytes());
  put_blob(repository, digest, std::move(content));
  return digest;
}

void Store::put_blob(std::string_view repository, const oci::Digest& digest, Content content) {
  const std::unique_lock lock(mutex_);
  at(repository).blobs.insert_or_assign(digest, std::move(content));
}

std::optional<Content> Store::blob(std::string_view repository, const oci::Digest& digest) const {
  const std::shared_lock lock(mutex_);
  const Repository* where = find(repository);
  if (!where) return std::nullopt;
  const auto found = where->blobs.find(digest);
  return found == where->blobs.end() ? std::nullopt : std::optional(found->second);
}

bool Store::mount_blob(std::string_view from, std::string_view to, const oci::Digest& digest) {
  auto content = blob(from, digest);
  if (!content) return false;
  put_blob(to, digest, *std::move(content));
  return true;
}

bool Store::remove_blob(std::string_view repository, const oci::Digest& digest) {
  const std::unique_lock lock(mutex_);
  const auto where = repositories_.find(repository);
  return where != repositories_.end() && where->second.blobs.erase(digest) > 0;
}

oci::Digest Store::put_manifest(std::string_view repository, std::string_view tag, std::string_view media_type,
                                Content content, oci::Algorithm algorithm) {
  const auto digest = codec::digest_of(algorithm, content.bytes());
  ManifestFacts facts = facts_of(content.text());
  StoredManifest stored{.digest = digest,
                        .media_type = media_type.empty() ? facts.media_type : std::string(media_type),
                        .content = std::move(content),
                        .subject = facts.subject,
                        .artifact_type = std::move(facts.artifact_type),
                        .annotations = std::move(facts.annotations)};

  const std::unique_lock lock(mutex_);
  Repository& where = at(repository);
  if (facts.subject) {
    auto& referrers = where.referrers[*facts.subject];
    if (std::find(referrers.begin(), referrers.end(), digest) == referrers.end()) referrers.push_back(digest);
  }
  where.manifests.insert_or_assign(digest, std::move(stored));
  if (!tag.empty()) where.tags.insert_or_assign(std::string(tag), digest);
  return digest;
}

std::optional<StoredManifest> Store::manifest(std::string_view repository, std::string_view reference) const {
  const std::shared_lock lock(mutex_);
  const Repository* where = find(repository);
  const StoredManifest* found = where ? where->find(reference) : nullptr;
  return found ? std::optional(*found) : std::nullopt;
}

bool Store::remove_manifest(std::string_view repository, std::string_view reference) {
  const std::unique_lock lock(mutex_);
  const auto found = repositories_.find(repository);
  if (found == repositories_.end()) return false;
  Repository& where = found->second;
  const auto digest = to_digest(reference);
  if (!digest) {
    const auto tag = where.tags.find(reference);
    if (tag == where.tags.end()) return false;
    where.tags.erase(tag);
    return true;
  }
  std::erase_if(where.tags, [&](const auto& tag) { return tag.second == *digest; });
  return where.manifests.erase(*digest) > 0;
}

std::optional<std::vector<std::string>> Store::tags(std::string_view repository) const {
  const std::shared_lock lock(mutex_);
  const Repository* where = find(repository);
  if (!where) return std::nullopt;
  std::vector<std::string> names;
  for (const auto& [name, digest] : where->tags) names.push_back(name);
  return names;
}

std::vector<StoredManifest> Store::referrers(std::string_view repository, const oci::Digest& digest) const {
  const std::shared_lock lock(mutex_);
  std::vector<StoredManifest> found;
  const Repository* where = find(repository);
  if (!where) return found;
  const auto referrers = where->referrers.find(digest);
  if (referrers == where->referrers.end()) return found;
  for (const oci::Digest& referrer : referrers->second) {
    const auto stored = where->manifests.find(referrer);
    if (stored != where->manifests.end()) found.push_back(stored->second);
  }
  return found;
}

}  // namespace acedt::testing
