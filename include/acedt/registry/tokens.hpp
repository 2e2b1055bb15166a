#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "acedt/async/once_map.hpp"
#include "acedt/base/secret.hpp"
#include "acedt/http/field_values.hpp"
#include "acedt/http/message.hpp"
#include "acedt/http/url.hpp"
#include "acedt/net/target.hpp"
#include "acedt/registry/credentials.hpp"
#include "acedt/registry/transport.hpp"

namespace acedt::registry {

/// Whether the path to `server` cannot be eavesdropped: HTTPS or loopback.
bool is_private(const http::Origin& server);

/// Whether the server that a registry's challenge names as its `realm` may be given the password for that registry. A
/// forged or compromised answer could name any server.
///
/// The server must be private, or be the registry's own host if that is configured without TLS. And it must belong to
/// the registry: the same host on any port (ghcr.io, quay.io, gcr.io, *.pkg.dev, *.azurecr.io, Harbor, Artifactory,
/// Nexus); or one registered domain, taken as the last two labels, or three under suffixes such as co.uk
/// (auth.docker.io for registry-1.docker.io), but not a domain such as amazonaws.com under which anyone can have a
/// host; or a pair that is known.
bool may_have_password(const http::Origin& server, const http::Origin& registry);

/// A request to a token server, in answer to a Bearer challenge (token and OAuth2 specifications of distribution).
struct TokenHttpRequest {
  http::Url url;
  http::Request request;
};

/// With an identity token: a POST of OAuth2; else a GET, with Basic if there is a password. Asks for the scopes that
/// the challenge names, or for `scope` if it names none. Throws Error(bad_input) if the challenge has no valid realm.
TokenHttpRequest token_request(const http::Challenge& challenge, std::string_view scope,
                               const std::optional<Login>& login);

/// A token, and how long it is good for.
struct Token {
  Secret value;
  std::chrono::seconds lifetime;  ///< from now on
};

/// The token in a response of a token server (`access_token`, else `token`), at `now`. Its lifetime is `expires_in`
/// from `issued_at` on, or 60 s from now if it is not given (distribution's token specification); at most a day. If
/// clocks differ so much that the token would have expired, `issued_at` is ignored. Throws Error(bad_input).
Token parse_token(std::string_view json, std::chrono::system_clock::time_point now);

/// The value of an Authorization field for Basic (RFC 7617).
Secret basic_authorization(const Login& login);

/// A token to ask for.
struct TokenRequest {
  net::Target registry;
  http::Challenge challenge;
  std::string scope;  ///< used if the challenge names none; empty: none
  std::optional<Login> login;
  std::string what;  ///< "token for library/alpine", for messages
};

/// Gets tokens from token servers and keeps them, by server, service, scope and login. Concurrent calls for the same
/// token make one request. Thread: the one of `executor`, which is the transport's.
class Tokens {
 public:
  struct AccessToken {
    Secret authorization;                            ///< the value of the Authorization field
    std::chrono::steady_clock::time_point renew_at;  ///< some time before it expires
  };

  Tokens(async::Executor executor, Transport& transport);

  /// A token other than `refused`, kept or new. Repeats failed attempts. Throws Error(unauthorized) if the server
  /// refuses and the other errors of Transport::exchange() and parse_token().
  async::awaitable<AccessToken> get(TokenRequest wanted, Secret refused);
  /// A new token, which no other call gets. Throws as get().
  async::awaitable<AccessToken> fetch(TokenRequest wanted);

 private:
  async::awaitable<AccessToken> fetch_once(const TokenRequest& wanted);
  async::awaitable<Response> ask(const TokenRequest& wanted, TokenHttpRequest token);

  Transport& transport_;
  std::map<std::string, AccessToken> access_tokens_;  // by the bytes of the request
  async::OnceMap<std::string, AccessToken> fetches_;
};

}  // namespace acedt::registry
