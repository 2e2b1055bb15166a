#include "acedt/registry/tokens.hpp"

#include <algorithm>
#include <utility>

#include "acedt/registry/problem.hpp"
#include "acedt/registry/token.hpp"
#include "acedt/registry/token_server.hpp"

namespace acedt::registry {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t max_kept = 1024;  // of about 2 KB; each repository that is in use has its own besides

/// So long before its end a token is no longer used: for the requests that are under way with it.
std::chrono::seconds margin(std::chrono::seconds lifetime) {
  return std::min<std::chrono::seconds>(lifetime / 4, 30s);
}

/// Some servers have no OAuth2 (404 and 405 tell): there an identity token may stand for the password.
std::optional<Login> for_basic(const std::optional<Login>& login, int status) {
  const bool without_oauth2 = status == 404 || status == 405;
  if (!without_oauth2 || !login || login->identity_token.empty() || login->user.empty()) return std::nullopt;
  return Login{login->user, login->identity_token};
}

/// OAuth2 says 400 of a token that has expired (RFC 6749 section 5.2).
Error ended(const Error& error, const http::Origin& registry) {
  return Error(ErrorKind::unauthorized, error.what())
      .hint("the identity token may have expired: log in again with `ace-dt login " + registry.authority() + "`");
}

}  // namespace

Tokens::Tokens(async::Executor executor, Transport& transport) : transport_(transport), fetches_(std::move(executor)) {}

async::awaitable<Tokens::AccessToken> Tokens::get(TokenRequest wanted, Secret refused) {
  const TokenHttpRequest token = token_request(wanted.challenge, wanted.scope, wanted.login);
  const std::string key = token.request.serialize(token.url.origin.text());
  const auto kept = access_tokens_.find(key);
  const bool good =
      kept != access_tokens_.end() && transport_.now() < kept->second.renew_at && kept->second.authorization != refused;
  if (good) co_return kept->second;
  auto claim = co_await fetches_.claim(key);
  if (const AccessToken* fetched = claim.done()) co_return *fetched;
  const AccessToken access_token = co_await fetch(std::move(wanted));
  if (access_tokens_.size() >= max_kept) access_tokens_.clear();
  access_tokens_.insert_or_assign(key, access_token);
  claim.finish(access_token);
  fetches_.forget(key);
  co_return access_token;
}

async::awaitable<Tokens::AccessToken> Tokens::fetch(TokenRequest wanted) {
  plan::Retry retry = transport_.new_retry();
  for (;;) {
    std::exception_ptr failure;
    try {
      co_return co_await fetch_once(wanted);
    } catch (Error& error) {
      error.add(wanted.what);
      failure = std::current_exception();
    }
    co_await transport_.back_off(retry, failure, wanted.what);
  }
}

async::awaitable<Tokens::AccessToken> Tokens::fetch_once(const TokenRequest& wanted) {
  for (std::optional<Login> login = wanted.login;;) {
    const bool is_exchange = login && !login->identity_token.empty();
    Response response = co_await ask(wanted, token_request(wanted.challenge, wanted.scope, login));
    const std::string answer = co_await transport_.read_all(response, max_answer_size);
    login = for_basic(login, response.head.status);
    if (login) continue;
    try {
      if (response.head.status != 200) throw_problem(response.head, answer, wanted.registry.origin.authority());
      const Token given = parse_token(answer, std::chrono::system_clock::now());
      const auto renew_at = transport_.now() + given.lifetime - margin(given.lifetime);
      co_return AccessToken{Secret("Bearer " + given.value.reveal()), renew_at};
    } catch (Error& error) {
      error.add(response.what());
      if (is_exchange && response.head.status == 400) throw ended(error, wanted.registry.origin);
      throw;
    }
  }
}

/// Follows redirects as Transport::send() does: the login goes to the token server alone, not where that sends us.
async::awaitable<Response> Tokens::ask(const TokenRequest& wanted, TokenHttpRequest token) {
  const http::Origin& registry = wanted.registry.origin;
  net::Target server = wanted.registry;
  server.origin = token.url.origin;
  for (std::size_t redirects = 0;;) {
    server.verify = wanted.registry.verify || !may_have_password(server.origin, registry);
    http::Request request = server.origin == token.url.origin ? token.request : http::Request{"GET"};
    request.target = token.request.target;
    Response response = co_await transport_.exchange(server, std::move(request));
    const auto next = redirected(response, redirects);
    if (!next) co_return response;
    co_await transport_.read_up_to(response, max_answer_size);
    if (!token.request.body.empty() && next->origin != token.url.origin)
      throw Error(ErrorKind::unauthorized,
                  response.what() + ": the login is not given to where this redirects: " + next->display());
    server.origin = next->origin;
    token.request.target = next->target;
  }
}

}  // namespace acedt::registry
