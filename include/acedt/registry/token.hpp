#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "acedt/base/secret.hpp"
#include "acedt/http/challenge.hpp"
#include "acedt/http/request.hpp"
#include "acedt/http/url.hpp"
#include "acedt/registry/credentials.hpp"

namespace acedt::registry {

/// The request to a token server that answers a Bearer challenge (the token and OAuth2 specifications of distribution).
struct TokenRequest {
  http::Url url;
  http::Request request;
};

/// With an identity token: a POST of OAuth2; else a GET, with Basic where there is a password, anonymous otherwise.
/// `scope` is asked for beside those that the challenge names. Throws Error(bad_input) on a challenge without a good
/// realm.
TokenRequest token_request(const http::Challenge& challenge, std::string_view scope, const std::optional<Login>& login);

/// The token in the answer (`access_token`, else `token`). Throws Error(bad_input).
Secret parse_token(std::string_view json);

/// The value of an Authorization field for Basic (RFC 7617).
Secret basic_authorization(const Login& login);

}  // namespace acedt::registry
