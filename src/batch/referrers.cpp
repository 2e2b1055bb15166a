#include "batch/referrers.hpp"

#include <map>

#include "acedt/oci/layout.hpp"

namespace acedt::batch {
namespace {

constexpr std::size_t most_remembered_bytes = 4 << 20;
constexpr std::size_t cost_of_tag = 160;
constexpr std::size_t cost_of_repository = 512;

std::string host_of(const registry::Repository& repository) {
  return repository.target.origin.authority();
}

/// Descriptors in the order in which they came, each digest once, with the annotations of all of them.
class Found {
 public:
  void add(std::vector<oci::Descriptor> descriptors) {
    for (oci::Descriptor& one : descriptors) {
      const auto [known, is_new] = positions_.emplace(std::pair(one.digest, one.size), found_.size());
      if (is_new) {
        found_.push_back(std::move(one));
      } else {
        found_[known->second].annotations.merge(std::move(one.annotations));
      }
    }
  }
  std::vector<oci::Descriptor> take() { return std::move(found_); }

 private:
  std::vector<oci::Descriptor> found_;
  std::map<std::pair<oci::Digest, Bytes>, std::size_t> positions_;
};

}  // namespace

async::awaitable<std::vector<oci::Descriptor>> Referrers::of(std::uint64_t row, registry::Repository repository,
                                                             oci::Digest digest) {
  using Descriptors = std::vector<oci::Descriptor>;
  auto ask = [repository, digest](registry::Client& client) { return client.referrers(repository, digest); };
  Descriptors listed = co_await workers_.perform<Descriptors>(row, host_of(repository), std::move(ask));
  Found found;
  found.add(std::move(listed));

  std::vector<std::string> tags = co_await tags_to_ask_for(row, repository, digest);
  if (tags.empty()) co_return found.take();
  auto look = [repository, tags](registry::Client& client) { return registry::find_tags(client, repository, tags); };
  Descriptors tagged = co_await workers_.perform<Descriptors>(row, host_of(repository), std::move(look));
  found.add(std::move(tagged));
  co_return found.take();
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
