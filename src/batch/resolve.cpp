#include "batch/resolve.hpp"

#include <utility>

#include "acedt/oci/media_type.hpp"
#include "batch/stored_content.hpp"

namespace acedt::batch {
namespace {

constexpr std::size_t most_at_once = 256;  // manifests of an artifact: an index may have many more

/// What is not fetched because it is known from its descriptor alone must be what its digest says, too.
void check_known_content(const plan::Graph& graph) {
  for (const plan::Entry& entry : graph.entries) {
    const bool is_known = entry.descriptor.data || entry.descriptor.size == Bytes{0};
    if (entry.document || !is_known) continue;
    oci::Descriptor descriptor = entry.descriptor;
    if (!descriptor.data) descriptor.data.emplace();
    check_embedded(descriptor);
  }
}

}  // namespace

async::awaitable<Artifact> Resolver::resolve(std::uint64_t number, sync::BatchRow row, oci::Reference reference) {
  const registry::Repository repository = co_await registries_.open(reference);
  const std::string selector = reference.selector();
  auto ask = [repository, selector](registry::Client& client) { return client.resolve(repository, selector); };
  const std::string host = repository.target.origin.authority();
  oci::Descriptor root = co_await workers_.perform<oci::Descriptor>(number, host, std::move(ask));
  root.annotations.emplace(oci::annotation::ref_name, row.artifact);
  const plan::Nodes nodes = co_await discover(number, repository, root);
  plan::Graph graph = plan::walk(root, nodes);
  check_known_content(graph);
  co_return Artifact{std::move(row), std::move(root), repository, std::move(graph)};
}

async::awaitable<plan::Nodes> Resolver::discover(std::uint64_t number, registry::Repository repository,
                                                 oci::Descriptor root) {
  plan::Discovery discovery(root, subjects_);
  auto fetch_all = [&](async::TaskGroup& group) -> async::awaitable<void> {
    fetch_needed(number, repository, discovery, group);
    co_await group.join();
  };
  co_await async::with_group(fetch_all);
  co_return discovery.nodes();
}

void Resolver::fetch_needed(std::uint64_t number, const registry::Repository& repository, plan::Discovery& discovery,
                            async::TaskGroup& group) {
  for (const oci::Descriptor& needed : discovery.take_needed(most_at_once)) {
    group.spawn(fetch(number, repository, needed, discovery, group));
  }
}

async::awaitable<void> Resolver::fetch(std::uint64_t number, registry::Repository repository,
                                       oci::Descriptor descriptor, plan::Discovery& discovery,
                                       async::TaskGroup& group) {
  const oci::Digest digest = descriptor.digest;
  plan::Node node;
  try {
    node.document = co_await documents_.get(number, repository, descriptor);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) throw;
    discovery.add_absent(digest, error);
  }
  const bool belongs = node.document && discovery.belongs(digest, node.document->manifest);
  if (belongs && referrers_ != nullptr) node.referrers = co_await referrers_->of(number, repository, digest);
  if (belongs) discovery.add(digest, std::move(node));
  fetch_needed(number, repository, discovery, group);
}

std::vector<std::string> warnings_of(const Artifact& artifact) {
  std::vector<std::string> warnings;
  for (const auto& [why, of, first, count] : artifact.graph.left_out) {
    const std::string more = count > 1 ? " and " + std::to_string(count - 1) + " more" : "";
    std::string text = artifact.row.name + ": " + artifact.row.artifact + ": ";
    switch (why) {
      case plan::LeftOut::Why::no_subject:
        text += of.text() + " refers to " + first.text() + ", which the registry does not have: left out; " +
                "ace-dt mirror batch-deserialize takes this archive only if its destination already has it";
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
  return warnings;
}

}  // namespace acedt::batch
