#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "acedt/base/secret.hpp"

namespace acedt::registry {

/// Who we are to a registry.
struct Login {
  std::string user = {};
  Secret password = {};
  Secret identity_token = {};  ///< to be exchanged for access tokens
  Secret registry_token = {};  ///< an access token itself

  bool operator==(const Login&) const = default;
};

/// The `auths` of docker's config.json. What a credential helper keeps is not read.
class Credentials {
 public:
  Credentials() = default;
  /// Throws Error(bad_input) "FILE: …" on what is not such a file. An empty text has no credentials.
  static Credentials parse(std::string_view json, std::string_view file);

  /// For requests to `authority` (host[:port]): the entry of exactly that key, else one that is it in the form of a
  /// URL. registry-1.docker.io goes by docker's key, https://index.docker.io/v1/.
  std::optional<Login> find(std::string_view authority) const;

 private:
  std::map<std::string, Login, std::less<>> logins_;
};

}  // namespace acedt::registry
