#include "acedt/registry/token.hpp"

#include <simdjson.h>

#include <algorithm>
#include <set>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"

namespace acedt::registry {
namespace {

std::string parameter(const http::Challenge& challenge, const std::string& name) {
  const auto found = challenge.parameters.find(name);
  return found == challenge.parameters.end() ? std::string() : found->second;
}

/// The registry knows best what it wants: who asks for more may be refused.
std::set<std::string> scopes_of(const http::Challenge& challenge, std::string_view scope) {
  const std::string named = parameter(challenge, "scope");
  std::set<std::string> scopes;
  for (const std::string_view one : split(named, ' ')) {
    if (!one.empty()) scopes.emplace(one);
  }
  if (scopes.empty() && !scope.empty()) scopes.emplace(scope);
  return scopes;
}

/// Digits of a fixed width; nothing for anything else.
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

/// Tokens by OAuth2, in exchange for an identity token.
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
  if (realm.empty()) throw Error(ErrorKind::bad_input, "the registry asks for a token and does not say from where");
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
    throw Error(ErrorKind::bad_input, "the answer of the token server is no JSON object");
  }
  for (const char* key : {"access_token", "token"}) {
    std::string_view token;
    if (answer[key].get(token) == simdjson::SUCCESS && !token.empty())
      return {Secret(std::string(token)), lifetime_of(answer, now)};
  }
  throw Error(ErrorKind::bad_input, "the answer of the token server has no token");
}

Secret basic_authorization(const Login& login) {
  return Secret("Basic " + to_base64(as_bytes(login.user + ":" + login.password.reveal())));
}

}  // namespace acedt::registry
