#include "acedt/registry/authorizations.hpp"

#include <algorithm>
#include <utility>

#include "acedt/registry/logins.hpp"
#include "acedt/registry/tokens.hpp"

namespace acedt::registry {
namespace {

using namespace std::chrono_literals;

/// Logins that expire live longer than this. A younger one that gets 403 is not looked up again.
constexpr auto old = 10min;

const http::Challenge* find(const std::vector<http::Challenge>& challenges, std::string_view scheme) {
  const auto has_scheme = [scheme](const http::Challenge& challenge) { return challenge.scheme == scheme; };
  const auto found = std::find_if(challenges.begin(), challenges.end(), has_scheme);
  return found == challenges.end() ? nullptr : &*found;
}

TokenRequest token_for(const Repository& repository, const http::Challenge& challenge, std::optional<Login> login) {
  const std::string& name = repository.name;
  const std::string what = repository.target.origin.authority() + ": token" + (name.empty() ? "" : " for " + name);
  return {repository.target, challenge, repository.scope, std::move(login), what};
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

/// The token server of a registry. Throws Error(bad_input) that names the registry.
http::Url server_of(const TokenRequest& wanted) {
  try {
    return token_request(wanted.challenge, wanted.scope, std::nullopt).url;
  } catch (Error& error) {
    error.add(wanted.what);
    throw;
  }
}

}  // namespace

Authorizations::Authorizations(async::Executor executor, std::function<Credentials()> read_credentials,
                               Transport& transport)
    : transport_(transport),
      logins_(executor, {std::move(read_credentials), ask_helper, [&transport] { return transport.now(); }}),
      tokens_(executor, transport) {}

async::awaitable<void> Authorizations::prepare(Repository repository, Challenges challenges) {
  if (challenges.empty() || repository.authorization->current().generation != 0) co_return;
  for (http::Challenge& challenge : challenges) challenge.parameters.erase("scope");  // that of the greeting
  Refusal greeting{.status = 0, .challenges = std::move(challenges)};
  co_await renew(std::move(repository), 0, std::move(greeting));
}

async::awaitable<bool> Authorizations::renew(Repository repository, unsigned generation,
                                             std::optional<Refusal> refusal) {
  const Authorization::Current before = repository.authorization->current();
  if (before.generation != generation) co_return true;
  Challenges challenges = repository.authorization->challenges();
  if (refusal && !refusal->challenges.empty()) challenges = refusal->challenges;
  const int status = refusal ? refusal->status : 0;
  const Secret refused = refusal ? before.value : Secret();
  Authorization::Current fresh = co_await obtain_better(repository, challenges, status, refused);
  if (fresh.value == refused) co_return false;
  repository.authorization->renew(generation, std::move(fresh), std::move(challenges));
  co_return true;
}

async::awaitable<Secret> Authorizations::alone(Repository repository, Challenges challenges) {
  if (challenges.empty()) challenges = repository.authorization->challenges();
  AuthMethod found = co_await auth_method(repository, std::move(challenges), std::nullopt);
  if (found.failure && !found.login) throw Error(*found.failure);
  if (!found.wanted) co_return Secret();
  Tokens::AccessToken access_token = co_await tokens_.fetch(std::move(*found.wanted));
  co_return std::move(access_token.authorization);
}

/// If a registry or token server refused the login, it may have expired: then there may be a newer one.
async::awaitable<Authorization::Current> Authorizations::obtain_better(Repository repository, Challenges challenges,
                                                                       int status, Secret refused) {
  Authorization::Current fresh{0, refused};
  const AuthMethod first = co_await auth_method(repository, challenges, std::nullopt);
  if (status == 403 && first.wanted) co_return fresh;  // of a token: the account may not do this
  std::exception_ptr refusal;
  try {
    fresh = co_await obtain(first, refused);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::unauthorized || !first.login) throw;
    refusal = std::current_exception();
  }
  if (!refusal && (status == 0 || fresh.value != refused)) co_return fresh;
  if (status == 401 && first.failure && !first.login) throw Error(*first.failure);
  if (!first.login) co_return fresh;
  const Refused login{*first.login, status == 403 ? old : 0s};
  AuthMethod second = co_await auth_method(repository, challenges, login);
  if (second.login != first.login) co_return co_await obtain(std::move(second), refused);
  if (refusal) std::rethrow_exception(refusal);
  co_return fresh;
}

async::awaitable<Authorization::Current> Authorizations::obtain(AuthMethod auth_method, Secret refused) {
  Authorization::Current fresh{0, auth_method.value};
  if (!auth_method.wanted) co_return fresh;
  try {
    Tokens::AccessToken access_token = co_await tokens_.get(*auth_method.wanted, refused);
    fresh.value = std::move(access_token.authorization);
    fresh.renew_at = access_token.renew_at;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::unauthorized && auth_method.failure && !auth_method.login)
      throw Error(*auth_method.failure);
    throw;
  }
  co_return fresh;
}

async::awaitable<Logins::Found> Authorizations::look_up(std::string authority, std::string repository,
                                                        std::optional<Refused> refused) {
  Logins::Found found;
  if (refused) {
    found = co_await logins_.find_newer(authority, repository, refused->login, refused->age);
  } else {
    found = co_await logins_.find(authority, repository);
  }
  if (found.failure && warned_.insert(found.failure->what()).second)
    transport_.warn(std::string(found.failure->what()) + "; " + (found.login ? "another" : "no") + " login is used");
  co_return found;
}

async::awaitable<Authorizations::AuthMethod> Authorizations::auth_method(Repository repository, Challenges challenges,
                                                                         std::optional<Refused> refused) {
  const http::Origin& registry = repository.target.origin;
  const Logins::Found found = co_await look_up(registry.authority(), repository.name, refused);
  const std::optional<Login>& login = found.login;
  const http::Challenge* bearer = find(challenges, "bearer");
  // A 401 without a challenge means Basic.
  const bool basic = login && !login->password.empty() && (challenges.empty() || find(challenges, "basic") != nullptr);
  AuthMethod out{.login = login, .failure = found.failure};
  if (bearer == nullptr) {
    if (basic) out.value = basic_authorization(*login);
    co_return out;
  }
  if (login && !login->registry_token.empty()) {
    out.value = Secret("Bearer " + login->registry_token.reveal());
    co_return out;
  }
  TokenRequest wanted = token_for(repository, *bearer, login);
  if (repository.name.empty()) wanted.challenge.parameters.erase("scope");
  const http::Url server = server_of(wanted);
  if (login && !may_have_password(server.origin, registry)) {
    Logins::Found at_server;
    if (is_private(server.origin)) at_server = co_await look_up(server.origin.authority(), "", refused);
    if (!at_server.login && !basic) throw stranger(server, registry);
    if (!at_server.login) {
      out.value = basic_authorization(*login);
      co_return out;
    }
    wanted.login = out.login = at_server.login;
  }
  out.wanted = std::move(wanted);
  co_return out;
}

}  // namespace acedt::registry
