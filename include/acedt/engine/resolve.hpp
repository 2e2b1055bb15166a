#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "acedt/engine/manifests.hpp"
#include "acedt/engine/referrers.hpp"
#include "acedt/engine/row_budget.hpp"
#include "acedt/engine/workers.hpp"
#include "acedt/plan/graph.hpp"
#include "acedt/registry/registries.hpp"
#include "acedt/sync/batch_list.hpp"

namespace acedt::engine {

/// What a row of the list turned out to be.
struct Artifact {
  sync::BatchRow row;
  oci::Descriptor root;  ///< annotated with the row's reference
  registry::Repository repository;
  plan::Graph graph;
};

/// What its archive does without though something in it is linked to that, for people.
std::vector<std::string> warnings_of(const Artifact& artifact);

/// From references to graphs. Thread: that of control; many at once.
class Resolver {
 public:
  /// Without `referrers`: what an artifact names, and nothing that refers to it. Without `budget`: its manifests do not
  /// wait for memory.
  Resolver(registry::Registries& registries, Workers& workers, Manifests& documents, Referrers* referrers,
           RowBudget* budget, plan::Subjects subjects = plan::Subjects::included)
      : registries_(registries),
        workers_(workers),
        manifests_(documents),
        referrers_(referrers),
        budget_(budget),
        subjects_(subjects) {}

  /// What `reference`, which is that of the row or a digest it once had, names. `number` says how early it is needed.
  /// Throws Error.
  async::awaitable<Artifact> resolve(std::uint64_t number, sync::BatchRow row, oci::Reference reference);

 private:
  struct Walk;
  class Fetching;

  async::awaitable<plan::Nodes> discover(std::uint64_t number, registry::Repository repository, oci::Descriptor root);
  async::awaitable<void> fetch_needed(Walk& walk, async::TaskGroup& group);
  async::awaitable<void> fetch(Walk& walk, oci::Descriptor descriptor);
  async::awaitable<void> take_memory(std::uint64_t number, Bytes bytes);

  registry::Registries& registries_;
  Workers& workers_;
  Manifests& manifests_;
  Referrers* referrers_;
  RowBudget* budget_;
  plan::Subjects subjects_;
};

}  // namespace acedt::engine
