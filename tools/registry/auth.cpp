#include "tools/registry/auth.hpp"

#include <openssl/rand.h>

#include <array>
#include <vector>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"

namespace acedt::testing {
namespace {

constexpr std::string_view service = "acedt-registry";
constexpr std::chrono::hours for_ever(24 * 365);

/// What comes behind the scheme.
std::string_view credentials_of(const http::Fields& fields) {
  const std::string_view field = fields.get("Authorization").value_or("");
  const auto space = field.find(' ');
  return space == std::string_view::npos ? std::string_view() : trim(field.substr(space));
}

std::string fresh_token() {
  std::array<unsigned char, 16> random{};
  if (RAND_bytes(random.data(), random.size()) != 1) throw Error(ErrorKind::storage, "token: no random bytes");
  return to_hex(std::as_bytes(std::span(random)));
}

std::string_view action_of(const Request& request) {
  if (request.reads()) return "pull";
  return request.method == "DELETE" ? "delete" : "push";
}

/// The repository that a request mounts a blob from; empty for any other request.
std::string mounted_from(const Request& request, const Route& route) {
  const bool mounts = route.kind == Route::Kind::begin_upload && request.query.get("mount");
  return mounts ? request.query.get("from").value_or("") : "";
}

Response unauthorized(std::string challenge, std::string_view message) {
  Response response = error_response(401, "UNAUTHORIZED", message);
  response.fields.add("WWW-Authenticate", std::move(challenge));
  return response;
}

Response oauth_error(int status, std::string_view error) {
  return json_response(status, "{\"error\":\"" + std::string(error) + "\"}\n");
}

/// Scopes come as several parameters (GET), or as one with blanks between (POST).
std::vector<std::string> scopes_of(const Parameters& wanted) {
  std::vector<std::string> scopes;
  for (const std::string& value : wanted.all("scope"))
    for (const auto scope : split(value, ' ')) scopes.emplace_back(scope);
  return scopes;
}

}  // namespace

std::string authorization_scheme(const http::Fields& fields) {
  const std::string_view field = fields.get("Authorization").value_or("");
  return lower(field.substr(0, field.find(' ')));
}

bool Auth::knows(std::string_view user, std::string_view password) const {
  return user == options_.user && password == options_.password;
}

Auth::Caller Auth::caller_of(const Request& request) const {
  const std::string scheme = authorization_scheme(request.fields);
  if (scheme.empty()) return Caller::stranger;
  const auto plain = from_base64(credentials_of(request.fields));
  if (scheme != "basic" || !plain) return Caller::impostor;
  const auto colon = plain->find(':');
  if (colon == std::string::npos) return Caller::impostor;
  const std::string_view text = *plain;
  return knows(text.substr(0, colon), text.substr(colon + 1)) ? Caller::user : Caller::impostor;
}

std::optional<Response> Auth::refuse(const Request& request, const Route& route) {
  if (options_.scheme == AuthOptions::Scheme::none) return std::nullopt;
  if (options_.scheme == AuthOptions::Scheme::basic) {
    if (caller_of(request) == Caller::user) return std::nullopt;
    return unauthorized("Basic realm=\"" + std::string(service) + "\"", "authentication required");
  }
  const std::string refusal = refusal_of_token(request, route);
  if (refusal.empty()) return std::nullopt;

  std::string challenge = "Bearer realm=\"" + request.own_url + "/token\",service=\"" + std::string(service) + "\"";
  if (!route.repository.empty()) {
    std::string actions(action_of(request));
    if (actions == "push") actions = "pull,push";
    const std::string from = mounted_from(request, route);
    challenge += ",scope=\"repository:" + route.repository + ":" + actions +
                 (from.empty() ? "" : " repository:" + from + ":pull") + "\"";
  }
  if (refusal != "no token") challenge += ",error=\"" + refusal + "\"";
  return unauthorized(std::move(challenge), "authentication required: " + refusal);
}

/// Empty where the token that came is good for this; else why not. Counts as a use of it.
std::string Auth::refusal_of_token(const Request& request, const Route& route) {
  if (authorization_scheme(request.fields) != "bearer") return "no token";
  const std::scoped_lock lock(mutex_);
  const auto found = tokens_.find(credentials_of(request.fields));
  if (found == tokens_.end()) return "invalid_token";
  Token& token = found->second;
  if (token.expires <= std::chrono::steady_clock::now() || token.uses_left == 0) return "invalid_token";
  if (!route.repository.empty() && !token.grants.contains({route.repository, std::string(action_of(request))}))
    return "insufficient_scope";
  const std::string from = mounted_from(request, route);
  if (!from.empty() && !token.grants.contains({from, "pull"})) return "insufficient_scope";
  if (token.uses_left) --*token.uses_left;
  return "";
}

Response Auth::token(const Request& request) {
  if (options_.scheme != AuthOptions::Scheme::bearer)
    return error_response(404, "UNSUPPORTED", "no token endpoint here");
  if (request.method == "GET") return token_for_get(request);
  if (request.method == "POST") return token_for_post(request);
  return error_response(405, "UNSUPPORTED", "the token endpoint takes GET and POST");
}

Response Auth::token_for_get(const Request& request) {
  const Caller caller = caller_of(request);
  const bool open = options_.user.empty() || options_.anonymous_pull;
  if (caller == Caller::impostor || (caller == Caller::stranger && !open))
    return unauthorized("Basic realm=\"" + std::string(service) + "\"", "wrong user or password");
  const bool offline = caller == Caller::user && request.query.get("offline_token") == "true";
  return issue(request.query, caller == Caller::stranger && !options_.user.empty(), offline);
}

Response Auth::token_for_post(const Request& request) {
  const Parameters form = Parameters::parse(request.body);
  const std::string kind = form.get("grant_type").value_or("");
  if (kind == "refresh_token") {
    const bool known = !options_.refresh_token.empty() && form.get("refresh_token") == options_.refresh_token;
    return known ? issue(form, false, true) : oauth_error(401, "invalid_grant");
  }
  if (kind == "password") {
    const bool known = knows(form.get("username").value_or(""), form.get("password").value_or(""));
    return known ? issue(form, false, form.get("access_type") == "offline") : oauth_error(401, "invalid_grant");
  }
  return oauth_error(400, "unsupported_grant_type");
}

Response Auth::issue(const Parameters& wanted, bool only_pull, bool with_refresh_token) {
  Token token;
  for (const std::string& scope : scopes_of(wanted)) {
    const auto first = scope.find(':');
    const auto last = scope.rfind(':');
    if (first == last || scope.substr(0, first) != "repository") continue;
    const std::string repository = scope.substr(first + 1, last - first - 1);
    for (const auto action : split(std::string_view(scope).substr(last + 1), ','))
      if (action == "pull" || !only_pull) token.grants.emplace(repository, action);
  }
  const bool ends = options_.token_lifetime.count() > 0;
  const std::chrono::seconds lifetime = ends ? options_.token_lifetime : std::chrono::seconds(for_ever);
  token.expires = std::chrono::steady_clock::now() + lifetime;
  if (options_.token_uses > 0) token.uses_left = options_.token_uses;

  const std::string text = fresh_token();
  {
    const std::scoped_lock lock(mutex_);
    tokens_.emplace(text, std::move(token));
  }
  std::string json = "{\"token\":\"" + text + "\",\"access_token\":\"" + text +
                     "\",\"expires_in\":" + std::to_string(lifetime.count());
  if (with_refresh_token && !options_.refresh_token.empty())
    json += ",\"refresh_token\":\"" + json_escaped(options_.refresh_token) + "\"";
  return json_response(200, json + "}\n");
}

}  // namespace acedt::testing
