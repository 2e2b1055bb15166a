#include "acedt/registry/authorizations.hpp"

#include <algorithm>
#include <utility>

#include "acedt/registry/helper.hpp"
#include "acedt/registry/token.hpp"
#include "acedt/registry/token_server.hpp"

namespace acedt::registry {
namespace {

const http::Challenge* find(const std::vector<http::Challenge>& challenges, std::string_view scheme) {
  const auto has_scheme = [scheme](const http::Challenge& challenge) { return challenge.scheme == scheme; };
  const auto found = std::find_if(challenges.begin(), challenges.end(), has_scheme);
  return found == challenges.end() ? nullptr : &*found;
}

TokenWish wish_for(const Repository& repository, const http::Challenge& challenge, std::optional<Login> login) {
  const std::string& name = repository.name;
  const std::string what = "token for " + (name.empty() ? repository.target.origin.authority() : name);
  return {repository.target, challenge, name.empty() ? "" : "repository:" + name + ":pull", std::move(login), what};
}

Error stranger(const http::Url& server, const http::Origin& registry) {
  const std::string host = server.origin.authority();
  Error error(ErrorKind::unauthorized, "the login for " + registry.authority() + " is not given to " +
                                           server.display() +
                                           (server.origin.tls ? ", which does not seem to belong to it"
                                                              : ", which does not belong to it or has no TLS"));
  error.hint(server.origin.tls
                 ? "if its accounts are there, say so by a login for that host: ace-dt login " + host +
                       " --no-auth-check"
                 : "its token server must speak TLS: whoever runs the registry can have it named as https");
  return error;
}

}  // namespace

Authorizations::Authorizations(async::Executor executor, Credentials credentials, Client& client)
    : logins_(executor, std::move(credentials), ask_helper), tokens_(executor, client) {}

async::awaitable<void> Authorizations::prepare(Repository repository, std::vector<http::Challenge> challenges) {
  if (challenges.empty() || repository.authorization->current().generation != 0) co_return;
  for (http::Challenge& challenge : challenges) challenge.parameters.erase("scope");  // that of the greeting
  co_await renew(std::move(repository), 0, std::move(challenges));
}

async::awaitable<bool> Authorizations::renew(Repository repository, unsigned generation,
                                             std::optional<std::vector<http::Challenge>> refusal) {
  const Authorization::Current before = repository.authorization->current();
  if (before.generation != generation) co_return true;
  std::vector<http::Challenge> challenges = repository.authorization->challenges();
  if (refusal && !refusal->empty()) challenges = *refusal;
  const Secret refused = refusal ? before.value : Secret();

  Means found = co_await means(repository, challenges);
  Authorization::Current fresh{0, std::move(found.value)};
  if (found.wish) {
    Tokens::Grant grant = co_await tokens_.get(std::move(*found.wish), refused);
    fresh.value = std::move(grant.authorization);
    fresh.renew_at = grant.renew_at;
  }
  if (fresh.value == refused) co_return false;
  repository.authorization->renew(generation, std::move(fresh), std::move(challenges));
  co_return true;
}

async::awaitable<Secret> Authorizations::alone(Repository repository, std::vector<http::Challenge> challenges) {
  if (challenges.empty()) challenges = repository.authorization->challenges();
  Means found = co_await means(repository, std::move(challenges));
  if (!found.wish) co_return Secret();
  Tokens::Grant grant = co_await tokens_.fetch(std::move(*found.wish));
  co_return std::move(grant.authorization);
}

async::awaitable<Authorizations::Means> Authorizations::means(Repository repository,
                                                              std::vector<http::Challenge> challenges) {
  const http::Origin& registry = repository.target.origin;
  const std::optional<Login> login = co_await logins_.find(registry.authority(), repository.name);
  const http::Challenge* bearer = find(challenges, "bearer");
  // Who says 401 and not how to do better, means Basic.
  const bool basic = login && !login->password.empty() && (challenges.empty() || find(challenges, "basic") != nullptr);
  Means out;
  if (bearer == nullptr) {
    if (basic) out.value = basic_authorization(*login);
    co_return out;
  }
  if (login && !login->registry_token.empty()) {
    out.value = Secret("Bearer " + login->registry_token.reveal());
    co_return out;
  }
  TokenWish wish = wish_for(repository, *bearer, login);
  if (repository.name.empty()) wish.challenge.parameters.erase("scope");
  const http::Url server = token_request(wish.challenge, wish.scope, std::nullopt).url;
  if (login && !may_have_password(server.origin, registry)) {
    wish.login.reset();
    if (is_private(server.origin)) wish.login = co_await logins_.find(server.origin.authority(), "");
    if (!wish.login && !basic) throw stranger(server, registry);
    if (!wish.login) {
      out.value = basic_authorization(*login);
      co_return out;
    }
  }
  out.wish = std::move(wish);
  co_return out;
}

}  // namespace acedt::registry
