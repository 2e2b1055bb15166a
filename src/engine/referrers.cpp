// Lists of tags are shared by all rows of a repository. They are kept up to a few MiB, oldest dropped first: a list
// that is needed again is requested again.

#include "acedt/engine/referrers.hpp"

#include <map>

namespace acedt::engine {
namespace {

constexpr std::size_t max_remembered_bytes = 4 << 20;
constexpr std::size_t cost_of_tag = 160;
constexpr std::size_t cost_of_repository = 512;

std::string host_of(const registry::Repository& repository) {
  return repository.target.origin.authority();
}

/// Referrers in order of arrival, each content once.
class Found {
 public:
  /// Adds `one`. If it is known already, adds only its annotations, such as its tag.
  void add(plan::Referrer one) {
    const auto [known, is_new] = index_.emplace(std::pair(one.descriptor.digest, one.descriptor.size), all_.size());
    if (is_new) return all_.push_back(std::move(one));
    plan::Referrer& same = all_[known->second];
    same.descriptor.annotations.merge(std::move(one.descriptor.annotations));
    same.must_name_subject = same.must_name_subject && one.must_name_subject;
  }

  std::vector<plan::Referrer> take() { return std::move(all_); }

 private:
  std::vector<plan::Referrer> all_;
  std::map<std::pair<oci::Digest, Bytes>, std::size_t> index_;
};

}  // namespace

async::awaitable<std::vector<plan::Referrer>> Referrers::of(std::uint64_t row, registry::Repository repository,
                                                            oci::Digest digest) {
  using Listed = registry::ListedReferrers;
  using Descriptors = std::vector<oci::Descriptor>;
  auto ask = [repository, digest](registry::Transport& transport) {
    return registry::list_referrers(transport, repository, digest);
  };
  Listed listed = co_await workers_.perform<Listed>(row, host_of(repository), std::move(ask));
  Found found;
  for (oci::Descriptor& each : listed.descriptors) found.add({std::move(each), listed.by_tag});

  std::vector<std::string> tags = co_await tags_to_ask_for(row, repository, digest);
  if (tags.empty()) co_return found.take();
  auto look = [repository, tags](registry::Transport& transport) {
    return registry::find_tags(transport, repository, tags);
  };
  Descriptors tagged = co_await workers_.perform<Descriptors>(row, host_of(repository), std::move(look));
  for (oci::Descriptor& each : tagged) found.add({std::move(each)});
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
  auto list = [repository](registry::Transport& transport) {
    return registry::list_cosign_tags(transport, repository);
  };
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
  while (remembered_bytes_ > max_remembered_bytes && remembered_.size() > 1) {
    tags_.forget(remembered_.front().first);
    remembered_bytes_ -= remembered_.front().second;
    remembered_.pop_front();
  }
}

}  // namespace acedt::engine
