#include "acedt/registry/token.hpp"

#include <simdjson.h>

#include <set>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"

namespace acedt::registry {
namespace {

std::string parameter(const http::Challenge& challenge, const std::string& name) {
  const auto found = challenge.parameters.find(name);
  return found == challenge.parameters.end() ? std::string() : found->second;
}

std::set<std::string> scopes_of(const http::Challenge& challenge, std::string_view scope) {
  const std::string named = parameter(challenge, "scope");
  std::set<std::string> scopes;
  for (const std::string_view one : split(named, ' ')) {
    if (!one.empty()) scopes.emplace(one);
  }
  if (!scope.empty()) scopes.emplace(scope);
  return scopes;
}

/// Tokens by OAuth2, in exchange for an identity token.
http::Request exchange_identity(const std::string& service, const std::set<std::string>& scopes, const Login& login) {
  std::string all;
  for (const std::string& scope : scopes) all += (all.empty() ? "" : " ") + scope;
  http::Request request{"POST"};
  request.fields.add("Content-Type", "application/x-www-form-urlencoded");
  request.body = "grant_type=refresh_token&client_id=ace-dt&service=" + http::percent_encoded(service) +
                 "&scope=" + http::percent_encoded(all) +
                 "&refresh_token=" + http::percent_encoded(login.identity_token.reveal());
  return request;
}

}  // namespace

TokenRequest token_request(const http::Challenge& challenge, std::string_view scope,
                           const std::optional<Login>& login) {
  const std::string realm = parameter(challenge, "realm");
  if (realm.empty()) throw Error(ErrorKind::bad_input, "the registry asks for a token and does not say from where");
  TokenRequest token{http::Url::parse(realm), {}};
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

Secret parse_token(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::object answer;
  if (parser.parse(json.data(), json.size()).get(answer) != simdjson::SUCCESS) {
    throw Error(ErrorKind::bad_input, "the answer of the token server is no JSON object");
  }
  for (const char* key : {"access_token", "token"}) {
    std::string_view token;
    if (answer[key].get(token) == simdjson::SUCCESS && !token.empty()) return Secret(std::string(token));
  }
  throw Error(ErrorKind::bad_input, "the answer of the token server has no token");
}

Secret basic_authorization(const Login& login) {
  return Secret("Basic " + to_base64(as_bytes(login.user + ":" + login.password.reveal())));
}

}  // namespace acedt::registry
