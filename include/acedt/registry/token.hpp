#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "acedt/base/secret.hpp"
#include "acedt/http/field_values.hpp"
#include "acedt/http/message.hpp"
#include "acedt/http/url.hpp"
#include "acedt/registry/credentials.hpp"

namespace acedt::registry {

/// The request to a token server that answers a Bearer challenge (the token and OAuth2 specifications of distribution).
struct TokenHttpRequest {
  http::Url url;
  http::Request request;
};

/// With an identity token: a POST of OAuth2; else a GET, with Basic where there is a password, anonymous otherwise.
/// Asks for the scopes that the challenge names, or for `scope` where it names none. Throws Error(bad_input) on a
/// challenge without a good realm.
TokenHttpRequest token_request(const http::Challenge& challenge, std::string_view scope,
                               const std::optional<Login>& login);

/// What a token server gave.
struct Token {
  Secret value;
  std::chrono::seconds lifetime;  ///< from now on
};

/// The token in the answer (`access_token`, else `token`), at `now`. It lives for `expires_in` from `issued_at` on, for
/// 60 s from now where nothing is said (distribution's token specification), a day at most; clocks that differ so much
/// that it would have expired are not believed. Throws Error(bad_input).
Token parse_token(std::string_view json, std::chrono::system_clock::time_point now);

/// The value of an Authorization field for Basic (RFC 7617).
Secret basic_authorization(const Login& login);

}  // namespace acedt::registry
