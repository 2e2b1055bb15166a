#include "acedt/registry/registries.hpp"

#include <algorithm>
#include <utility>

#include "acedt/async/crossing.hpp"
#include "acedt/http/url.hpp"
#include "acedt/registry/problem.hpp"
#include "acedt/registry/token.hpp"

namespace acedt::registry {
namespace {

const http::Challenge* find(const std::vector<http::Challenge>& challenges, std::string_view scheme) {
  const auto has_scheme = [scheme](const http::Challenge& challenge) { return challenge.scheme == scheme; };
  const auto found = std::find_if(challenges.begin(), challenges.end(), has_scheme);
  return found == challenges.end() ? nullptr : &*found;
}

std::string pull_scope(const Repository& repository) {
  return "repository:" + repository.name + ":pull";
}

}  // namespace

Registries::Registries(async::Executor executor, Settings settings, Credentials credentials,
                       const ClientSettings& client, report::Counters& counters)
    : executor_(executor),
      settings_(std::move(settings)),
      credentials_(std::move(credentials)),
      outages_(client.outages),
      client_(executor, client, *this, counters),
      endpoints_(executor),
      renewals_(executor) {}

async::awaitable<Repository> Registries::open(oci::Reference reference) {
  const std::vector<Endpoint> endpoints = co_await greeted(reference.registry);
  const std::string name = rewritten(settings_, reference.registry, reference.repository);
  auto places = std::make_shared<Places>();
  for (const Endpoint& endpoint : endpoints) places->all.push_back(at(endpoint, name));
  const std::size_t first = first_that_is_up(*places);
  Repository repository = places->all[first];
  if (endpoints.size() > 1) repository.places = std::move(places);
  co_await authorize(repository, endpoints[first].challenges);
  co_return repository;
}

const Repository& Registries::at(const Endpoint& endpoint, const std::string& name) {
  auto key = std::make_tuple(endpoint.target, endpoint.root, endpoint.prefix + name);
  auto found = repositories_.find(key);
  if (found == repositories_.end()) {
    forget_unused();
    Repository fresh{endpoint.target, endpoint.prefix + name, endpoint.referrers};
    fresh.root = endpoint.root;
    found = repositories_.emplace(std::move(key), std::move(fresh)).first;
  }
  return found->second;
}

std::size_t Registries::first_that_is_up(const Places& places) const {
  const auto now = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < places.all.size(); ++i) {
    if (!outages_->is_down(places.all[i].target.origin.text(), now)) return i;
  }
  return 0;
}

/// Ahead of the first request, by the challenges that its endpoint greeted us with.
async::awaitable<void> Registries::authorize(Repository repository, std::vector<http::Challenge> challenges) {
  const bool first_time = repository.authorization->current().generation == 0;
  // Without credentials for Basic one still may be let in: the request itself will tell.
  const bool may_help = find(challenges, "bearer") != nullptr || login_for(repository);
  if (!first_time || !may_help || challenges.empty()) co_return;
  try {
    co_await renew_here(repository, 0, std::move(challenges));
  } catch (const Error&) {
    if (!repository.places) throw;  // else the request will fail, and another endpoint is asked
  }
}

/// Else a list with many repositories would take much memory; one that is needed again gets a token again.
void Registries::forget_unused() {
  if (repositories_.size() < forget_at_) return;
  std::erase_if(repositories_, [](const auto& entry) { return entry.second.authorization.use_count() == 1; });
  forget_at_ = std::max(least_remembered, 2 * repositories_.size());
}

async::awaitable<std::vector<Endpoint>> Registries::greeted(std::string registry) {
  auto claim = co_await endpoints_.claim(registry);
  if (const auto* known = claim.done()) co_return *known;
  std::vector<Endpoint> endpoints = endpoints_of(settings_, registry);
  Repository anywhere;
  anywhere.places = std::make_shared<Places>();
  anywhere.places->all.resize(endpoints.size());
  for (std::size_t i = 0; i < endpoints.size(); ++i) anywhere.places->all[i].target = endpoints[i].target;
  const auto greet_at = [&](const Repository& place) {
    return greet(endpoints[static_cast<std::size_t>(&place - anywhere.places->all.data())]);
  };
  const std::string what = "registry " + registry;
  try {
    co_await client_.persist<bool>(anywhere, what, greet_at);
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
  Response response = co_await client_.exchange(endpoint.target, std::move(greeting));
  const http::ResponseHead head = response.head;
  co_await client_.read_all(std::move(response), largest_answer);
  std::vector<http::Challenge> challenges;
  if (head.status == 401) challenges = challenges_of(head);
  co_return challenges;
}

async::awaitable<void> Registries::renew(Repository repository, unsigned generation,
                                         std::vector<http::Challenge> challenges) {
  co_await async::run_on(executor_, renew_here(std::move(repository), generation, std::move(challenges)));
}

async::awaitable<void> Registries::renew_here(Repository repository, unsigned generation,
                                              std::vector<http::Challenge> challenges) {
  const auto key = std::make_pair(repository.authorization, generation);
  auto claim = co_await renewals_.claim(key);
  if (claim.done() || repository.authorization->current().generation != generation) co_return;
  const std::optional<Login> login = login_for(repository);
  const http::Challenge* bearer = find(challenges, "bearer");
  const bool basic = find(challenges, "basic") != nullptr && login && !login->password.empty();
  if (bearer != nullptr) {
    Secret token = co_await fetch_token(repository, *bearer, login);
    repository.authorization->renew(Secret("Bearer " + token.reveal()));
  } else if (basic && generation == 0) {
    repository.authorization->renew(basic_authorization(*login));
  } else {
    http::ResponseHead unauthorized{401};
    throw_problem(unauthorized, "", repository.target.origin.authority());
  }
  claim.finish(true);
  renewals_.forget(key);
}

std::optional<Login> Registries::login_for(const Repository& repository) const {
  return credentials_.find(repository.target.origin.authority());
}

async::awaitable<Secret> Registries::fetch_token(Repository repository, http::Challenge challenge,
                                                 std::optional<Login> login) {
  if (login && !login->registry_token.empty()) co_return login->registry_token;
  const TokenRequest token = token_request(challenge, pull_scope(repository), login);
  const net::Target server{token.url.origin, repository.target.verify, repository.target.registry};
  for (plan::Retry retry = client_.new_retry();;) {
    std::exception_ptr failure;
    try {
      Response response = co_await client_.exchange(server, token.request);
      const http::ResponseHead head = response.head;
      const std::string answer = co_await client_.read_all(std::move(response), largest_answer);
      if (head.status != 200) throw_problem(head, answer, repository.target.origin.authority());
      co_return parse_token(answer);
    } catch (Error& error) {
      error.add("token for " + repository.name);
      failure = std::current_exception();
    }
    co_await client_.back_off(retry, failure, "token for " + repository.name);
  }
}

}  // namespace acedt::registry
