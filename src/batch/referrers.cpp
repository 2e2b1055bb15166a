#include "batch/referrers.hpp"

#include <algorithm>

#include "acedt/oci/layout.hpp"

namespace acedt::batch {
namespace {

constexpr std::size_t most_remembered_bytes = 4 << 20;
constexpr std::size_t cost_of_tag = 160;
constexpr std::size_t cost_of_repository = 512;

std::string host_of(const registry::Repository& repository) {
  return repository.target.origin.authority();
}

/// Adds `tagged`, or its tag where it is among `found` already.
void add(std::vector<oci::Descriptor>& found, oci::Descriptor tagged) {
  const auto same = std::ranges::find(found, tagged.digest, &oci::Descriptor::digest);
  if (same == found.end()) {
    found.push_back(std::move(tagged));
  } else {
    same->annotations.merge(std::move(tagged.annotations));
  }
}

}  // namespace

async::awaitable<std::vector<oci::Descriptor>> Referrers::of(std::uint64_t row, registry::Repository repository,
                                                             oci::Digest digest) {
  using Descriptors = std::vector<oci::Descriptor>;
  auto ask = [repository, digest](registry::Client& client) { return client.referrers(repository, digest); };
  Descriptors listed = co_await workers_.perform<Descriptors>(row, host_of(repository), std::move(ask));
  Descriptors found;
  for (oci::Descriptor& each : listed) add(found, std::move(each));

  std::vector<std::string> tags = co_await tags_to_ask_for(row, repository, digest);
  if (tags.empty()) co_return found;
  auto look = [repository, tags](registry::Client& client) { return registry::find_tags(client, repository, tags); };
  Descriptors tagged = co_await workers_.perform<Descriptors>(row, host_of(repository), std::move(look));
  for (oci::Descriptor& each : tagged) add(found, std::move(each));
  co_return found;
}

async::awaitable<std::vector<std::string>> Referrers::tags_to_ask_for(std::uint64_t row,
                                                                      registry::Repository repository,
                                                                      oci::Digest digest) {
  std::vector<std::string> tags;
  if (repository.referrers == registry::ReferrersSupport::api) co_return tags;
  const std::shared_ptr<const Tags> there = co_await tags_of(row, repository);
  for (std::string& tag : registry::cosign_tags(digest)) {
    if (!*there || (*there)->contains(tag)) tags.push_back(std::move(tag));
  }
  co_return tags;
}

async::awaitable<std::shared_ptr<const Referrers::Tags>> Referrers::tags_of(std::uint64_t row,
                                                                            registry::Repository repository) {
  const Key key{repository.target, repository.name};
  auto claim = co_await tags_.claim(key);
  if (const auto* known = claim.done()) co_return *known;
  auto list = [repository](registry::Client& client) { return registry::list_cosign_tags(client, repository); };
  Tags listed = co_await workers_.perform<Tags>(row, host_of(repository), std::move(list));
  auto tags = std::make_shared<const Tags>(std::move(listed));
  claim.finish(tags);
  remember(key, *tags);
  co_return tags;
}

void Referrers::remember(const Key& key, const Tags& tags) {
  const std::size_t cost = cost_of_repository + (tags ? tags->size() * cost_of_tag : 0);
  remembered_.emplace_back(key, cost);
  remembered_bytes_ += cost;
  while (remembered_bytes_ > most_remembered_bytes && remembered_.size() > 1) {
    tags_.forget(remembered_.front().first);
    remembered_bytes_ -= remembered_.front().second;
    remembered_.pop_front();
  }
}

}  // namespace acedt::batch
