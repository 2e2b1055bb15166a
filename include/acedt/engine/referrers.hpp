#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "acedt/async/once_map.hpp"
#include "acedt/engine/workers.hpp"
#include "acedt/plan/graph.hpp"
#include "acedt/registry/referrers.hpp"

namespace acedt::engine {

/// Finds what refers to a manifest: through the registry's referrers API or the tag schema, and through cosign's tags.
///
/// Requesting cosign's three tags for each manifest would triple the requests. So the tags of a repository are listed
/// once, and single tags are requested only if they are listed, or if the registry cannot list them. Thread: control.
class Referrers {
 public:
  Referrers(async::Executor control, Workers& workers) : workers_(workers), tags_(std::move(control)) {}

  /// Returns each referrer once: first those that the registry lists, in its order, then cosign's signatures,
  /// attestations and SBOMs. A referrer that one of cosign's tags names carries that tag in its annotation
  /// org.opencontainers.image.ref.name. Requests have the priority of `row`.
  ///
  /// Throws Dropped if the row is no longer wanted, and the errors of registry::list_referrers() and find_tags().
  async::awaitable<std::vector<plan::Referrer>> of(std::uint64_t row, registry::Repository repository,
                                                   oci::Digest digest);

 private:
  using Tags = std::optional<std::set<std::string>>;
  using Key = std::pair<net::Target, std::string>;

  async::awaitable<std::vector<std::string>> tags_to_ask_for(std::uint64_t row, registry::Repository repository,
                                                             oci::Digest digest);
  async::awaitable<std::shared_ptr<const Tags>> tags_of(std::uint64_t row, registry::Repository repository);
  void remember(const Key& key, const Tags& tags);

  Workers& workers_;
  async::OnceMap<Key, std::shared_ptr<const Tags>> tags_;
  std::deque<std::pair<Key, std::size_t>> remembered_;  // repositories and the bytes of their tags, oldest first
  std::size_t remembered_bytes_ = 0;
};

}  // namespace acedt::engine
