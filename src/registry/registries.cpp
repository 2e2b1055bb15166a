#include "acedt/registry/registries.hpp"

#include <algorithm>
#include <utility>

#include "acedt/async/crossing.hpp"
#include "acedt/http/url.hpp"

namespace acedt::registry {

Registries::Registries(async::Executor executor, Settings settings, std::function<Credentials()> read_credentials,
                       const TransportSettings& transport, report::Counters& counters)
    : executor_(executor),
      settings_(std::move(settings)),
      host_health_(transport.host_health),
      transport_(executor, transport, *this, counters),
      authorizations_(executor, std::move(read_credentials), transport_),
      endpoints_(executor) {}

async::awaitable<Repository> Registries::open(oci::Reference reference, std::string actions) {
  std::vector<Endpoint> configured = endpoints_of(settings_, reference.registry);
  const std::vector<Endpoint> endpoints = co_await greeted(reference.registry, std::move(configured));
  const std::string name = rewritten(settings_, reference.registry, reference.repository);
  auto mirrors = std::make_shared<Mirrors>();
  for (const Endpoint& endpoint : endpoints) mirrors->all.push_back(at(endpoint, name, actions));
  const std::size_t first = first_that_is_up(*mirrors);
  Repository repository = mirrors->all[first];
  if (endpoints.size() > 1) repository.mirrors = std::move(mirrors);
  co_await authorize(repository, endpoints[first].challenges);
  co_return repository;
}

async::awaitable<Repository> Registries::open_for_push(oci::Reference reference) {
  std::vector<Endpoint> first = endpoints_of(settings_, reference.registry);
  first.erase(first.begin() + 1, first.end());
  const std::vector<Endpoint> endpoints = co_await greeted(reference.registry, std::move(first));
  Repository repository = at(endpoints.front(), reference.repository, "pull,push");
  co_await authorize(repository, endpoints.front().challenges);
  co_return repository;
}

async::awaitable<Repository> Registries::open_for_mounts(oci::Reference reference, std::string from) {
  Repository repository = co_await open_for_push(reference);
  const std::size_t prefix = repository.name.size() - reference.repository.size();
  from.insert(0, repository.name, 0, prefix);
  repository.mount_source = std::make_shared<MountSource>(repository, from);
  co_return repository;
}

const Repository& Registries::at(const Endpoint& endpoint, const std::string& name, const std::string& actions) {
  const std::string there = endpoint.prefix + name;
  const std::string scope = "repository:" + there + ":" + actions;
  auto key = std::make_tuple(endpoint.target, endpoint.root, scope);
  auto found = repositories_.find(key);
  if (found == repositories_.end()) {
    forget_unused();
    Repository fresh{endpoint.target, there, endpoint.referrers};
    fresh.root = endpoint.root;
    fresh.scope = scope;
    found = repositories_.emplace(std::move(key), std::move(fresh)).first;
  }
  return found->second;
}

std::size_t Registries::first_that_is_up(const Mirrors& mirrors) const {
  const auto now = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < mirrors.all.size(); ++i) {
    if (!host_health_->is_down(mirrors.all[i].target.origin, now)) return i;
  }
  return 0;
}

/// Before the first request, by the challenges in the greeting of the endpoint.
async::awaitable<void> Registries::authorize(Repository repository, std::vector<http::Challenge> challenges) {
  const bool is_alone = !repository.mirrors;
  try {
    co_await authorizations_.prepare(std::move(repository), std::move(challenges));
  } catch (const Error&) {
    if (is_alone) throw;  // with several endpoints the request fails, and another endpoint is asked
  }
}

async::awaitable<bool> Registries::let_us_in(std::string authority) {
  Endpoint endpoint = endpoint_at(settings_, authority);
  co_await greet(endpoint);
  Repository all{endpoint.target, ""};
  http::Request greeting{"GET", endpoint.root + "/"};
  Response response = co_await transport_.get(all, std::move(greeting));
  co_await transport_.read_all(response, max_answer_size);
  co_return !endpoint.challenges.empty();
}

/// Bounds the memory for a list of many repositories. A repository that is needed again gets a new token.
void Registries::forget_unused() {
  if (repositories_.size() < forget_at_) return;
  std::erase_if(repositories_, [](const auto& entry) { return entry.second.authorization.use_count() == 1; });
  forget_at_ = std::max(min_remembered, 2 * repositories_.size());
}

/// Greets `endpoints` until one answers, once for each registry and number of endpoints.
async::awaitable<std::vector<Endpoint>> Registries::greeted(std::string registry, std::vector<Endpoint> endpoints) {
  auto claim = co_await endpoints_.claim(registry + " " + std::to_string(endpoints.size()));
  if (const auto* known = claim.done()) co_return *known;
  Repository anywhere;
  anywhere.mirrors = std::make_shared<Mirrors>();
  anywhere.mirrors->all.resize(endpoints.size());
  for (std::size_t i = 0; i < endpoints.size(); ++i) anywhere.mirrors->all[i].target = endpoints[i].target;
  const auto greet_at = [&](const Repository& mirror) {
    return greet(endpoints[static_cast<std::size_t>(&mirror - anywhere.mirrors->all.data())]);
  };
  const std::string what = "registry " + registry;
  try {
    co_await transport_.persist<bool>(anywhere, what, greet_at);
  } catch (Error& error) {
    error.add(what);
    throw;
  }
  claim.finish(endpoints);
  co_return endpoints;
}

async::awaitable<bool> Registries::greet(Endpoint& endpoint) {
  try {
    endpoint.challenges = co_await ping(endpoint);
    co_return true;
  } catch (const net::NotTls& problem) {
    if (!endpoint.may_be_plain || !problem.on_loopback()) throw;
  }
  endpoint.target.origin.tls = false;
  endpoint.challenges = co_await ping(endpoint);
  co_return true;
}

async::awaitable<std::vector<http::Challenge>> Registries::ping(Endpoint endpoint) {
  http::Request greeting{"GET", endpoint.root + "/"};
  Response response = co_await transport_.exchange(endpoint.target, std::move(greeting));
  co_await transport_.read_all(response, max_answer_size);
  std::vector<http::Challenge> challenges;
  if (response.head.status == 401) challenges = challenges_of(response.head);
  co_return challenges;
}

async::awaitable<bool> Registries::renew(Repository repository, unsigned generation, std::optional<Refusal> refusal) {
  auto work = authorizations_.renew(std::move(repository), generation, std::move(refusal));
  co_return co_await async::run_on(executor_, std::move(work));
}

async::awaitable<Secret> Registries::alone(Repository repository, std::vector<http::Challenge> challenges) {
  auto work = authorizations_.alone(std::move(repository), std::move(challenges));
  co_return co_await async::run_on(executor_, std::move(work));
}

}  // namespace acedt::registry
