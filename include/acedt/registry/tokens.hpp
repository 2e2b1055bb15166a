#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "acedt/async/once_map.hpp"
#include "acedt/registry/credentials.hpp"
#include "acedt/registry/token.hpp"
#include "acedt/registry/transport.hpp"

namespace acedt::registry {

/// A token that is wanted of the server that a registry's challenge names.
struct TokenRequest {
  net::Target registry;
  http::Challenge challenge;
  std::string scope;  ///< where the challenge names none
  std::optional<Login> login;
  std::string what;  ///< "token for library/alpine", for messages
};

/// Gets tokens from token servers, and keeps them: by server, service, scope and login, fetched once for all that wait.
/// Thread: that of `executor`, which is the client's.
class Tokens {
 public:
  struct AccessToken {
    Secret authorization;                            ///< the value of the field
    std::chrono::steady_clock::time_point renew_at;  ///< before it expires
  };

  Tokens(async::Executor executor, Transport& transport);

  /// An authorization that is not `refused`. Throws Error(unauthorized) and the others where there is none to be had.
  async::awaitable<AccessToken> get(TokenRequest wanted, Secret refused);
  /// One that nobody else gets.
  async::awaitable<AccessToken> fetch(TokenRequest wanted);

 private:
  async::awaitable<AccessToken> fetch_once(const TokenRequest& wanted);
  async::awaitable<Response> ask(const TokenRequest& wanted, TokenHttpRequest token);

  Transport& transport_;
  std::map<std::string, AccessToken> access_tokens_;  // by the bytes of the request
  async::OnceMap<std::string, AccessToken> fetches_;
};

}  // namespace acedt::registry
