#include "acedt/registry/registries.hpp"

#include <algorithm>
#include <utility>

#include "acedt/async/crossing.hpp"
#include "acedt/http/url.hpp"
#include "acedt/registry/problem.hpp"
#include "acedt/registry/token.hpp"

namespace acedt::registry {
namespace {

/// Docker Hub's registry has another name than its references.
std::string default_host(const std::string& registry) {
  return registry == "docker.io" ? "registry-1.docker.io" : registry;
}

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
      client_(executor, client, *this, counters),
      endpoints_(executor),
      renewals_(executor) {}

async::awaitable<std::vector<Repository>> Registries::open(oci::Reference reference) {
  const std::vector<Endpoint> endpoints = co_await greet_all(reference.registry);
  std::vector<Repository> repositories;
  for (const Endpoint& endpoint : endpoints) {
    auto key = std::make_pair(endpoint.target, reference.repository);
    auto found = repositories_.find(key);
    if (found == repositories_.end()) {
      forget_unused();
      Repository fresh{endpoint.target, reference.repository, endpoint.referrers};
      found = repositories_.emplace(std::move(key), std::move(fresh)).first;
    }
    const Repository repository = found->second;
    const bool first_time = repository.authorization->current().generation == 0;
    // Without credentials for Basic one still may be let in: the request itself will tell.
    const bool may_help = find(endpoint.challenges, "bearer") != nullptr || login_for(repository);
    if (first_time && may_help && !endpoint.challenges.empty()) co_await renew_here(repository, 0, endpoint.challenges);
    repositories.push_back(repository);
  }
  co_return repositories;
}

/// Else a list with many repositories would take much memory; one that is needed again gets a token again.
void Registries::forget_unused() {
  if (repositories_.size() < forget_at_) return;
  std::erase_if(repositories_, [](const auto& entry) { return entry.second.authorization.use_count() == 1; });
  forget_at_ = std::max(least_remembered, 2 * repositories_.size());
}

async::awaitable<std::vector<Registries::Endpoint>> Registries::greet_all(std::string registry) {
  auto claim = co_await endpoints_.claim(registry);
  if (const auto* known = claim.done()) co_return *known;
  const auto configured = settings_.endpoints.find(registry);
  const bool is_configured = configured != settings_.endpoints.end() && !configured->second.empty();
  std::vector<std::string> urls;
  urls.push_back("https://" + default_host(registry));
  if (is_configured) urls = configured->second;

  std::vector<Endpoint> endpoints;
  std::exception_ptr failure;
  for (const std::string& url : urls) {
    try {
      Endpoint endpoint = co_await greet(url, is_configured);
      endpoints.push_back(std::move(endpoint));
    } catch (Error& error) {
      error.add("registry " + registry);
      failure = std::current_exception();
    }
  }
  if (endpoints.empty()) std::rethrow_exception(failure);
  claim.finish(endpoints);
  co_return endpoints;
}

async::awaitable<Registries::Endpoint> Registries::greet(std::string url, bool configured) {
  EndpointSettings of_endpoint;
  const auto found = settings_.endpoint_settings.find(url);
  if (found != settings_.endpoint_settings.end()) of_endpoint = found->second;
  Endpoint endpoint{{http::Url::parse(url).origin, !of_endpoint.insecure_skip_verify}, of_endpoint.referrers, {}};
  try {
    endpoint.challenges = co_await ping(endpoint.target);
    co_return endpoint;
  } catch (const net::NotTls& problem) {
    if (configured || !problem.on_loopback()) throw;
  }
  endpoint.target.origin.tls = false;
  endpoint.challenges = co_await ping(endpoint.target);
  co_return endpoint;
}

async::awaitable<std::vector<http::Challenge>> Registries::ping(net::Target target) {
  for (plan::Retry retry = client_.new_retry();;) {
    std::exception_ptr failure;
    try {
      http::Request greeting{"GET", "/v2/"};
      Response response = co_await client_.exchange(target, std::move(greeting));
      const http::ResponseHead head = response.head;
      co_await client_.read_all(std::move(response));
      std::vector<http::Challenge> challenges;
      if (head.status == 401) challenges = challenges_of(head);
      co_return challenges;
    } catch (const Error&) {
      failure = std::current_exception();
    }
    co_await client_.back_off(retry, failure, target.origin.text());
  }
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
  const net::Target server{token.url.origin, repository.target.verify};
  for (plan::Retry retry = client_.new_retry();;) {
    std::exception_ptr failure;
    try {
      Response response = co_await client_.exchange(server, token.request);
      const http::ResponseHead head = response.head;
      const std::string answer = co_await client_.read_all(std::move(response));
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
