// Tokens, in three steps: which server may be given the password (token servers are named by whoever answers for the
// registry, so the server must belong to it), what to ask that server for, and which token of those it gave is still
// good.
//
// A token is fetched once for all that wait for it, and kept by the bytes of its request: server, service, scopes and
// login. Its lifetime is what the server says, less a margin for the requests under way.

#include "acedt/registry/tokens.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/registry/problem.hpp"

namespace acedt::registry {
namespace {

/// Second-level labels under which countries register names, as in example.co.uk.
constexpr std::array<std::string_view, 17> under_countries = {
    "ac", "co", "com", "edu", "go", "gob", "gouv", "gov", "ltd", "me", "ne", "net", "nhs", "or", "org", "plc", "sch"};

/// Domains under which anyone can have a host.
constexpr std::array<std::string_view, 33> shared_domains = {"azurecontainerapps.io",
                                                             "cloudfunctions.net",
                                                             "ngrok-free.app",
                                                             "on.aws",
                                                             "trycloudflare.com",
                                                             "azure.com",
                                                             "firebaseapp.com",
                                                             "jfrog.io",
                                                             "onrender.com",
                                                             "r2.dev",
                                                             "sslip.io",
                                                             "web.app",
                                                             "windows.net",
                                                             "amazonaws.com",
                                                             "appspot.com",
                                                             "azurecr.io",
                                                             "azurewebsites.net",
                                                             "cloudapp.net",
                                                             "cloudfront.net",
                                                             "duckdns.org",
                                                             "fly.dev",
                                                             "github.io",
                                                             "gitlab.io",
                                                             "googleapis.com",
                                                             "herokuapp.com",
                                                             "netlify.app",
                                                             "ngrok.io",
                                                             "nip.io",
                                                             "pages.dev",
                                                             "pkg.dev",
                                                             "run.app",
                                                             "vercel.app",
                                                             "workers.dev"};

/// Registries and token servers that belong together although their names do not show it.
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> known_pairs = {{
    {"docker.com", "auth.docker.io"},  // registry.hub.docker.com
    {"scw.cloud", "api.scaleway.com"},
}};

template <class Things, class Thing>
bool contains(const Things& things, const Thing& thing) {
  return std::find(things.begin(), things.end(), thing) != things.end();
}

bool is_address(std::string_view host) {
  return host.find(':') != std::string_view::npos || host.find_first_not_of("0123456789.") == std::string_view::npos;
}

/// The registered domain of a host, as far as its name shows it; empty if it has none or anyone can have a host there.
std::string registered_domain(std::string_view host) {
  if (is_address(host)) return {};
  const std::vector<std::string_view> labels = split(host, '.');
  if (labels.size() < 2) return {};
  const std::string_view top = labels.back();
  const bool country = top.size() == 2 && contains(under_countries, labels[labels.size() - 2]);
  const std::size_t count = country ? 3 : 2;
  if (labels.size() < count) return {};
  std::string domain;
  for (std::size_t i = labels.size() - count; i < labels.size(); ++i) {
    if (labels[i].empty()) return {};
    domain += (domain.empty() ? "" : ".") + std::string(labels[i]);
  }
  return contains(shared_domains, domain) ? std::string() : domain;
}

bool belongs_to(const std::string& server, const std::string& registry) {
  if (server == registry || (http::is_loopback(server) && http::is_loopback(registry))) return true;
  const std::string domain = registered_domain(registry);
  if (domain.empty()) return false;
  return registered_domain(server) == domain ||
         contains(known_pairs, std::pair(std::string_view(domain), std::string_view(server)));
}

}  // namespace

bool is_private(const http::Origin& server) {
  return server.tls || http::is_loopback(server.host);
}

bool may_have_password(const http::Origin& server, const http::Origin& registry) {
  const bool as_configured = !registry.tls && server.host == registry.host;
  if (!is_private(server) && !as_configured) return false;
  return belongs_to(server.host, registry.host);
}

namespace {

constexpr const char* no_token_server =
    "does a proxy or a login page answer in its place? if not, ask who runs the registry";

std::string parameter(const http::Challenge& challenge, const std::string& name) {
  const auto found = challenge.parameters.find(name);
  return found == challenge.parameters.end() ? std::string() : found->second;
}

/// Returns true if a token for the scope `ours` allows all that `other` does: "repository:a/b:pull,push" covers
/// "repository:a/b:pull".
bool covers(std::string_view ours, std::string_view other) {
  const std::size_t end = ours.rfind(':');
  if (end == ours.npos || other.substr(0, end + 1) != ours.substr(0, end + 1)) return false;
  const auto allowed = split(ours.substr(end + 1), ',');
  const auto asked = split(other.substr(end + 1), ',');
  return std::ranges::all_of(asked, [&](auto action) { return std::ranges::find(allowed, action) != allowed.end(); });
}

/// Returns the scopes that the challenge names, with all actions of those in `scope`; `scope` if it names none: a
/// server may refuse a request for more than the registry named. Without the actions, a refused HEAD, whose challenge
/// names only "pull", would lead to a token that cannot push.
std::set<std::string> scopes_of(const http::Challenge& challenge, std::string_view scope) {
  const std::string named = parameter(challenge, "scope");
  const std::vector<std::string_view> ours = split(scope, ' ');
  std::set<std::string> scopes;
  for (const std::string_view one : split(named, ' ')) {
    if (one.empty()) continue;
    const auto covering = std::ranges::find_if(ours, [one](std::string_view our) { return covers(our, one); });
    scopes.emplace(covering == ours.end() ? one : *covering);
  }
  if (scopes.empty() && !scope.empty()) scopes.insert(ours.begin(), ours.end());
  return scopes;
}

/// A number of `count` digits; unset for anything else.
std::optional<int> digits(std::string_view text, std::size_t begin, std::size_t count) {
  if (begin + count > text.size()) return std::nullopt;
  const auto number = to_number(text.substr(begin, count));
  return number ? std::optional(static_cast<int>(*number)) : std::nullopt;
}

/// "2026-01-31T23:59:59.5+01:00" (RFC 3339), without the fraction of the second.
std::optional<std::chrono::sys_seconds> parse_time(std::string_view text) {
  using namespace std::chrono;
  const auto year_of = digits(text, 0, 4);
  const auto month_of = digits(text, 5, 2);
  const auto day_of = digits(text, 8, 2);
  const auto hour = digits(text, 11, 2);
  const auto minute = digits(text, 14, 2);
  const auto second = digits(text, 17, 2);
  if (!year_of || !month_of || !day_of || !hour || !minute || !second) return std::nullopt;
  const year_month_day date = year(*year_of) / *month_of / *day_of;
  if (!date.ok()) return std::nullopt;
  const auto time = sys_days(date) + hours(*hour) + minutes(*minute) + seconds(*second);
  const std::string_view zone = text.substr(std::min(text.find_first_not_of(".0123456789", 19), text.size()));
  if (zone == "Z" || zone == "z") return time;
  const auto ahead_hours = digits(zone, 1, 2);
  const auto ahead_minutes = digits(zone, 4, 2);
  if (!ahead_hours || !ahead_minutes) return std::nullopt;
  const auto ahead = hours(*ahead_hours) + minutes(*ahead_minutes);
  return zone.front() == '-' ? time + ahead : time - ahead;
}

std::chrono::seconds lifetime_of(simdjson::dom::object answer, std::chrono::system_clock::time_point now) {
  using namespace std::chrono_literals;
  double number = 0;
  const bool is_said = answer["expires_in"].get(number) == simdjson::SUCCESS && number >= 1;
  const auto lifetime = is_said ? std::chrono::seconds(static_cast<std::int64_t>(std::min(number, 86'400.0))) : 60s;
  std::string_view text;
  if (answer["issued_at"].get(text) != simdjson::SUCCESS) return lifetime;
  const auto issued = parse_time(text);
  const auto age = issued ? std::chrono::floor<std::chrono::seconds>(now - *issued) : 0s;
  return age > 0s && age < lifetime ? lifetime - age : lifetime;
}

/// The request for an access token in exchange for an identity token (OAuth2).
http::Request exchange_identity(const std::string& service, const std::set<std::string>& scopes, const Login& login) {
  std::string all;
  for (const std::string& scope : scopes) all += (all.empty() ? "" : " ") + scope;
  http::Request request{"POST"};
  request.fields.add("Content-Type", "application/x-www-form-urlencoded");
  request.body = "grant_type=refresh_token&client_id=ace-dt";
  if (!service.empty()) request.body += "&service=" + http::percent_encoded(service);
  if (!all.empty()) request.body += "&scope=" + http::percent_encoded(all);
  request.body += "&refresh_token=" + http::percent_encoded(login.identity_token.reveal());
  return request;
}

}  // namespace

TokenHttpRequest token_request(const http::Challenge& challenge, std::string_view scope,
                               const std::optional<Login>& login) {
  const std::string realm = parameter(challenge, "realm");
  if (realm.empty())
    throw Error(ErrorKind::bad_input, "the registry asks for a token and does not say from where")
        .hint("ask who runs the registry: its WWW-Authenticate has no realm");
  TokenHttpRequest token{http::Url::parse(realm), {}};
  const std::string service = parameter(challenge, "service");
  const auto scopes = scopes_of(challenge, scope);
  if (login && !login->identity_token.empty()) {
    token.request = exchange_identity(service, scopes, *login);
    token.request.target = token.url.target;
    return token;
  }
  std::string query;
  if (!service.empty()) query += "&service=" + http::percent_encoded(service);
  for (const std::string& one : scopes) query += "&scope=" + http::percent_encoded(one);
  if (!query.empty() && token.url.target.find('?') == std::string::npos) query.front() = '?';
  token.url.target += query;
  token.request.target = token.url.target;
  if (login && !login->password.empty())
    token.request.fields.add("Authorization", basic_authorization(*login).reveal());
  return token;
}

Token parse_token(std::string_view json, std::chrono::system_clock::time_point now) {
  simdjson::dom::parser parser;
  simdjson::dom::object answer;
  if (parser.parse(with_whole_characters(json)).get(answer) != simdjson::SUCCESS) {
    throw Error(ErrorKind::bad_input, "the answer of the token server is no JSON object").hint(no_token_server);
  }
  for (const char* key : {"access_token", "token"}) {
    std::string_view token;
    if (answer[key].get(token) == simdjson::SUCCESS && !token.empty())
      return {Secret(std::string(token)), lifetime_of(answer, now)};
  }
  throw Error(ErrorKind::bad_input, "the answer of the token server has no token").hint(no_token_server);
}

Secret basic_authorization(const Login& login) {
  return Secret("Basic " + to_base64(as_bytes(login.user + ":" + login.password.reveal())));
}

namespace {

using namespace std::chrono_literals;

constexpr std::size_t max_kept = 1024;  // of about 2 KB each; a repository that is in use keeps its token as well

/// How long before it expires a token is no longer used, so that requests under way do not fail. A token for pushing is
/// renewed earlier, because after a refusal, the body must be sent again.
std::chrono::seconds margin(std::chrono::seconds lifetime, std::string_view scope) {
  if (scope.find("push", scope.rfind(':')) != scope.npos) return std::min<std::chrono::seconds>(lifetime / 2, 60s);
  return std::min<std::chrono::seconds>(lifetime / 4, 30s);
}

/// A login by password, if the server has no OAuth2 (404 or 405): there the identity token may take the place of it.
std::optional<Login> for_basic(const std::optional<Login>& login, int status) {
  const bool without_oauth2 = status == 404 || status == 405;
  if (!without_oauth2 || !login || login->identity_token.empty() || login->user.empty()) return std::nullopt;
  return Login{login->user, login->identity_token};
}

/// OAuth2 servers answer 400 to a token that has expired (RFC 6749 section 5.2).
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
  plan::Retry retry = transport_.new_retry();  // NOLINT(clang-analyzer-deadcode.DeadStores): back_off() reads it
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
      if (response.head.status != 200)
        throw_problem(response.head, answer, wanted.registry.origin.authority(), response.url.target);
      const Token given = parse_token(answer, std::chrono::system_clock::now());
      const auto renew_at = transport_.now() + given.lifetime - margin(given.lifetime, wanted.scope);
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
      throw Error(ErrorKind::unauthorized, "the login is not given to where this redirects: " + next->display())
          .add(response.what())
          .hint("ask who runs the registry to name its token server directly");
    server.origin = next->origin;
    token.request.target = next->target;
  }
}

}  // namespace acedt::registry
