#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "acedt/engine/budgets.hpp"
#include "acedt/engine/manifests.hpp"
#include "acedt/engine/referrers.hpp"
#include "acedt/engine/workers.hpp"
#include "acedt/oci/platform_filter.hpp"
#include "acedt/plan/graph.hpp"
#include "acedt/registry/registries.hpp"
#include "acedt/sync/batch_list.hpp"

namespace acedt::engine {

/// A row of the list, resolved.
struct Artifact {
  sync::BatchRow row;
  oci::Descriptor root;  ///< annotated with the row's reference
  registry::Repository repository;
  plan::Graph graph;
  plan::Nodes nodes = {};              ///< from which `graph` was made
  oci::PlatformFilter platforms = {};  ///< that `nodes` were made with
};

/// Returns the filter that an archive of `artifact` was made with, as text. Empty if nothing is left out: then the
/// archive has all that it would have without a filter.
std::string platforms_of(const Artifact& artifact);

/// Returns warnings for the user: linked content that the archive leaves out, platforms that were asked for and are not
/// there, and manifests that the reference cannot read.
std::vector<std::string> warnings_of(const Artifact& artifact);

/// Verifies the content of `graph` that is not fetched because its descriptor embeds it, or because it is empty. Throws
/// Error(corrupt).
void check_known_content(const plan::Graph& graph);

/// Turns references into graphs. Thread: control; many calls may run at once.
///
/// The manifests of an artifact are fetched in parallel, as the graph becomes known. Each takes memory from the budget
/// before it is requested, so a manifest that is being loaded never waits for memory while others wait for it.
class Resolver {
 public:
  /// `referrers` null: include only what an artifact names, not what refers to it. `budget` null: manifests do not wait
  /// for memory. Everything passed by reference or pointer must outlive the resolver.
  Resolver(registry::Registries& registries, Workers& workers, Manifests& documents, Referrers* referrers,
           RowBudget* budget, plan::Subjects subjects = plan::Subjects::included)
      : registries_(registries),
        workers_(workers),
        manifests_(documents),
        referrers_(referrers),
        budget_(budget),
        subjects_(subjects) {}

  /// Returns the artifact that `reference` names: the reference of `row`, or the digest that the row once had. `number`
  /// is the priority of its requests. Of indexes, takes only the children that `platforms` takes; does not ask for the
  /// others, nor for what refers to them.
  ///
  /// Throws Error(not_found) if the registry does not have it, or if it is an index without any of the platforms;
  /// Error(corrupt) or Error(bad_input) if what it sends is
  /// wrong or beyond a limit; DamagedArchive if an archive of the folder with one of its manifests is damaged; Dropped
  /// if the row is no longer wanted; and the errors of registry::Registries::open() and registry::Transport.
  async::awaitable<Artifact> resolve(std::uint64_t number, sync::BatchRow row, oci::Reference reference,
                                     oci::PlatformFilter platforms);

  /// Returns the digest that `reference` has now. Throws as resolve().
  async::awaitable<oci::Digest> digest_of(std::uint64_t number, oci::Reference reference);

 private:
  struct Walk;
  class Fetching;

  async::awaitable<oci::Descriptor> root_of(std::uint64_t number, registry::Repository repository,
                                            std::string selector);
  async::awaitable<plan::Nodes> discover(std::uint64_t number, registry::Repository repository, oci::Descriptor root,
                                         oci::PlatformFilter platforms);
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
