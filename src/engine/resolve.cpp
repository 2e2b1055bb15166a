// plan::Discovery says which manifests are needed next; a child of a task group fetches each, and adds what it found.
// When a fetch ends, more may be needed; when none runs and none is needed, the graph is complete. Discovery also knows
// which manifests may be missing, so a 404 is an error only if plan::walk() needs that manifest.

#include "acedt/engine/resolve.hpp"

#include <algorithm>
#include <utility>

#include "acedt/engine/stored_content.hpp"
#include "acedt/oci/media_type.hpp"
#include "acedt/registry/pull.hpp"

namespace acedt::engine {
namespace {

constexpr std::size_t max_at_once = 256;  // manifests of one artifact; an index may have many more

/// Returns "linux/amd64, linux/arm64", shortened if there are many.
std::string listed(const std::set<std::string>& platforms) {
  constexpr std::size_t max_shown = 20;
  std::string text;
  std::size_t shown = 0;
  for (const std::string& platform : platforms) {
    if (shown++ == max_shown) return text + " and " + std::to_string(platforms.size() - max_shown) + " more";
    text += (text.empty() ? "" : ", ") + platform;
  }
  return text;
}

/// What a filter makes of all indexes of an artifact.
struct Selected {
  std::set<std::string> has = {};
  std::set<std::string> matched = {};
  std::vector<std::pair<oci::Digest, std::set<std::string>>> empty = {};  ///< indexes without a match: what they have
};

Selected selected_in(const Artifact& artifact) {
  Selected all;
  for (const auto& [digest, node] : artifact.nodes) {
    if (!node.document) continue;
    oci::PlatformSelection selection = artifact.platforms.select(node.document->manifest);
    if (selection.matched.empty() && !selection.has.empty()) all.empty.emplace_back(digest, selection.has);
    all.has.merge(std::move(selection.has));
    all.matched.merge(std::move(selection.matched));
  }
  return all;
}

/// Throws Error(not_found) if the artifact is an index, and has none of the platforms.
void require_platforms(const Artifact& artifact) {
  const bool is_index = oci::content_kind(artifact.root.media_type) == oci::ContentKind::index;
  if (artifact.platforms.takes_all() || !is_index) return;
  const Selected selected = selected_in(artifact);
  if (selected.has.empty() || !selected.matched.empty()) return;
  throw Error(ErrorKind::not_found,
              "it has nothing for " + artifact.platforms.text() + ", only for " + listed(selected.has))
      .hint("name one of its platforms with --platform, or omit --platform for this list");
}

/// Returns warnings about platforms that are asked for, and that the artifact does not have.
std::vector<std::string> platform_warnings(const Artifact& artifact) {
  if (artifact.platforms.takes_all()) return {};
  const Selected selected = selected_in(artifact);
  if (selected.has.empty()) return {};
  std::vector<std::string> warnings;
  for (const std::string& wanted : artifact.platforms.texts())
    if (!selected.matched.contains(wanted))
      warnings.push_back("nothing in it is for " + wanted + ": it has " + listed(selected.has));
  for (const auto& [digest, has] : selected.empty)
    warnings.push_back("nothing in the index " + digest.text() + " is for " + artifact.platforms.text() + ": it has " +
                       listed(has));
  return warnings;
}

}  // namespace

std::string platforms_of(const Artifact& artifact) {
  return artifact.graph.other_platforms.empty() ? "" : artifact.platforms.text();
}

void check_known_content(const plan::Graph& graph) {
  for (const plan::Entry& entry : graph.entries) {
    const bool is_known = entry.descriptor.data || entry.descriptor.size == Bytes{0};
    if (entry.document || !is_known) continue;
    oci::Descriptor descriptor = entry.descriptor;
    if (!descriptor.data) descriptor.data.emplace();
    check_embedded(descriptor);
  }
}

async::awaitable<Artifact> Resolver::resolve(std::uint64_t number, sync::BatchRow row, oci::Reference reference,
                                             oci::PlatformFilter platforms) {
  const registry::Repository repository = co_await registries_.open(reference, "pull");
  oci::Descriptor root = co_await root_of(number, repository, reference.selector());
  root.annotations.emplace(oci::annotation::ref_name, row.artifact);
  plan::Nodes nodes = co_await discover(number, repository, root, platforms);
  plan::Graph graph = plan::walk(root, nodes);
  check_known_content(graph);
  Artifact artifact{std::move(row),   std::move(root),  repository,
                    std::move(graph), std::move(nodes), std::move(platforms)};
  require_platforms(artifact);
  co_return artifact;
}

async::awaitable<oci::Digest> Resolver::digest_of(std::uint64_t number, oci::Reference reference) {
  const registry::Repository repository = co_await registries_.open(reference, "pull");
  const oci::Descriptor root = co_await root_of(number, repository, reference.selector());
  co_return root.digest;
}

async::awaitable<oci::Descriptor> Resolver::root_of(std::uint64_t number, registry::Repository repository,
                                                    std::string selector) {
  auto ask = [repository, selector](registry::Transport& transport) {
    return registry::resolve(transport, repository, selector);
  };
  const std::string host = repository.target.origin.authority();
  co_return co_await workers_.perform<oci::Descriptor>(number, host, std::move(ask));
}

/// The graph of one artifact while it is being fetched.
struct Resolver::Walk {
  Walk(std::uint64_t number_of_row, registry::Repository of_artifact, plan::Discovery of_root,
       oci::PlatformFilter wanted, const async::Executor& control)
      : number(number_of_row),
        repository(std::move(of_artifact)),
        discovery(std::move(of_root)),
        platforms(std::move(wanted)),
        fetched(control) {}

  std::uint64_t number;
  registry::Repository repository;
  plan::Discovery discovery;
  oci::PlatformFilter platforms;
  std::size_t fetching = 0;
  async::Event fetched;  // a fetch has ended, well or not
};

/// Counts a fetch while it runs, and wakes fetch_needed() when it ends, also by an exception.
class Resolver::Fetching {
 public:
  explicit Fetching(Walk& walk) : walk_(walk) { ++walk_.fetching; }
  Fetching(const Fetching&) = delete;
  Fetching& operator=(const Fetching&) = delete;
  ~Fetching() {
    --walk_.fetching;
    walk_.fetched.wake_all();
  }

 private:
  Walk& walk_;
};

async::awaitable<plan::Nodes> Resolver::discover(std::uint64_t number, registry::Repository repository,
                                                 oci::Descriptor root, oci::PlatformFilter platforms) {
  const async::Executor control = co_await asio::this_coro::executor;
  Walk walk(number, std::move(repository), plan::Discovery(root, subjects_), std::move(platforms), control);
  auto fetch_all = [&walk, this](async::TaskGroup& group) { return fetch_needed(walk, group); };
  co_await async::with_group(std::move(fetch_all));
  co_return walk.discovery.take_nodes();
}

/// Takes memory for a manifest before it starts the fetch. So a manifest that other rows wait for, in Manifests, never
/// waits for memory itself.
async::awaitable<void> Resolver::fetch_needed(Walk& walk, async::TaskGroup& group) {
  for (;;) {
    const std::vector<oci::Descriptor> needed = walk.discovery.take_needed(max_at_once);
    if (needed.empty() && walk.fetching == 0) break;
    if (needed.empty()) co_await walk.fetched.wait();
    for (const oci::Descriptor& manifest : needed) {
      co_await take_memory(walk.number, memory_of_manifest(manifest));
      if (group.failed()) break;
      group.spawn(fetch(walk, manifest));
    }
    if (group.failed()) break;
  }
  co_await group.join();
}

async::awaitable<void> Resolver::fetch(Walk& walk, oci::Descriptor descriptor) {
  const Fetching fetching(walk);
  const oci::Digest digest = descriptor.digest;
  plan::Node node;
  try {
    node.document = co_await manifests_.get(walk.number, walk.repository, descriptor);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) throw;
    walk.discovery.add_absent(digest, error);
  }
  if (node.document) co_await take_memory(walk.number, memory_beyond(descriptor, node.document->manifest));
  if (!node.document || !walk.discovery.belongs(digest, node.document->manifest)) co_return;
  if (referrers_ != nullptr) {
    node.referrers = co_await referrers_->of(walk.number, walk.repository, digest);
    co_await take_memory(walk.number, memory_of_referrers(node.referrers.size()));
  }
  node.left_out = walk.platforms.select(node.document->manifest).left_out;
  walk.discovery.add(digest, std::move(node));
}

async::awaitable<void> Resolver::take_memory(std::uint64_t number, Bytes bytes) {
  if (budget_ != nullptr) co_await budget_->take(number, bytes);
}

std::vector<std::string> warnings_of(const Artifact& artifact) {
  std::vector<std::string> warnings;
  for (const auto& [why, of, first, count] : artifact.graph.left_out) {
    const std::string more = count > 1 ? " and " + std::to_string(count - 1) + " more" : "";
    std::string text = artifact.row.name + ": " + artifact.row.artifact + ": ";
    switch (why) {
      case plan::LeftOut::Why::no_subject:
        text += of.text() + " refers to " + first.text() + ", which the registry does not have: left out; " +
                "ace-dt mirror batch-deserialize accepts this archive only if its destination already has it";
        break;
      case plan::LeftOut::Why::referrer_gone:
        text += "the registry lists " + first.text() + more + " as referring to " + of.text() + ", but does not have " +
                (count > 1 ? "them" : "it") + ": left out";
        break;
      case plan::LeftOut::Why::no_referrer:
        text += "the referrers tag of " + of.text() + " lists " + first.text() + more +
                (count > 1 ? ", which do" : ", which does") + " not refer to it: left out";
        break;
    }
    warnings.push_back(std::move(text));
  }
  for (const std::string& text : platform_warnings(artifact))
    warnings.push_back(artifact.row.name + ": " + artifact.row.artifact + ": " + text);
  const auto is_artifact_manifest = [](const oci::NamedManifest& manifest) {
    return oci::content_kind(manifest.descriptor.media_type) == oci::ContentKind::artifact;
  };
  const auto found = std::ranges::find_if(artifact.graph.manifests, is_artifact_manifest);
  if (found != artifact.graph.manifests.end())
    warnings.push_back(artifact.row.name + ": " + artifact.row.artifact + ": " + found->descriptor.digest.text() +
                       " is an OCI artifact manifest: the reference's batch-deserialize will stop at its archive");
  return warnings;
}

}  // namespace acedt::engine
