#pragma once

#include <optional>

#include "acedt/base/process.hpp"
#include "acedt/registry/credentials.hpp"

namespace acedt::registry {

// The protocol of docker-credential-helpers: `docker-credential-NAME get|store|erase`. These run the program and block;
// a helper may ask its user for something, so the limit is a long one. Errors are Error(unauthorized) that name the
// helper, the registry and where the helper is configured.

/// What the helper has for its server; nothing: it has no login.
std::optional<Login> ask_helper(const HelperQuery& query);

/// Has the helper keep `login`, or its identity token where it has one.
void store_in_helper(const HelperQuery& query, const Login& login);

/// Has the helper forget the login; no error where it has none.
void erase_from_helper(const HelperQuery& query);

/// What the program's answer to `get` means; `result` is nothing where there is no such program.
std::optional<Login> login_of_helper(const HelperQuery& query, const std::optional<ProcessResult>& result);

}  // namespace acedt::registry
