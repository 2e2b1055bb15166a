#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "tools/registry/message.hpp"
#include "tools/registry/options.hpp"
#include "tools/registry/route.hpp"

namespace acedt::testing {

/// Basic authentication, or bearer tokens from an endpoint of its own (distribution's token specification: GET with
/// scopes and Basic or no credentials, POST with a refresh token or a password). Every member from any thread.
class Auth {
 public:
  explicit Auth(AuthOptions options) : options_(std::move(options)) {}

  /// The 401 that this request gets, if it is not allowed.
  std::optional<Response> refuse(const Request& request, const Route& route);
  /// What the token endpoint answers.
  Response token(const Request& request);

 private:
  using Grant = std::pair<std::string, std::string>;  // repository, action

  struct Token {
    std::set<Grant> grants;
    std::chrono::steady_clock::time_point expires;
    std::optional<std::uint64_t> uses_left;
  };
  enum class Caller { stranger, user, impostor };

  Caller caller_of(const Request& request) const;
  bool knows(std::string_view user, std::string_view password) const;
  std::string refusal_of_token(const Request& request, const Route& route);
  Response token_for_get(const Request& request);
  Response token_for_post(const Request& request);
  Response issue(const Parameters& wanted, bool only_pull, bool with_refresh_token);

  const AuthOptions options_;
  std::mutex mutex_;
  std::map<std::string, Token, std::less<>> tokens_;
};

/// The scheme of an Authorization field, in lower case; empty where there is none.
std::string authorization_scheme(const http::Fields& fields);

}  // namespace acedt::testing
