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

/// What refers to a manifest: what the registry's API or the tag schema lists, and what cosign keeps under tags.
///
/// The tags of a repository are listed once, where that can be, and not asked for one by one. Thread: that of control.
class Referrers {
 public:
  Referrers(async::Executor control, Workers& workers) : workers_(workers), tags_(std::move(control)) {}

  /// Each digest once, in the order of the registry, then signatures, attestations and SBOM of cosign; these, and
  /// others that a tag of cosign's names too, carry it as their org.opencontainers.image.ref.name.
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
  std::deque<std::pair<Key, std::size_t>> remembered_;  // repositories and about what their tags take, oldest first
  std::size_t remembered_bytes_ = 0;
};

}  // namespace acedt::engine
