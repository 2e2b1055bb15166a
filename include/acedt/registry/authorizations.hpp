#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "acedt/registry/logins.hpp"
#include "acedt/registry/tokens.hpp"
#include "acedt/registry/transport.hpp"

namespace acedt::registry {

/// Answers the challenges of registries with logins and tokens: one token for each repository and scope.
///
/// A login that cannot be read, for example because its helper is missing, is a warning: public content can be read
/// without it. It becomes the error if the registry then refuses. Thread: the one of `executor`, which is the
/// transport's.
class Authorizations {
 public:
  /// `read_credentials`: see Registries.
  Authorizations(async::Executor executor, std::function<Credentials()> read_credentials, Transport& transport);

  /// Authorizes a repository before its first request, by the challenges in the greeting of its endpoint.
  async::awaitable<void> prepare(Repository repository, std::vector<http::Challenge> challenges);
  /// See Authorizer. A refusal without challenges has those of the last renewal.
  async::awaitable<bool> renew(Repository repository, unsigned generation, std::optional<Refusal> refusal);
  async::awaitable<Secret> alone(Repository repository, std::vector<http::Challenge> challenges);

 private:
  using Challenges = std::vector<http::Challenge>;
  /// How to authorize: by a token to ask for, by a value for the Authorization field, or not at all.
  struct AuthMethod {
    std::optional<TokenRequest> wanted = {};
    Secret value = {};
    std::optional<Login> login = {};    ///< the one that is used
    std::optional<Error> failure = {};  ///< why a login may be missing
  };
  /// A login that a registry refused.
  struct Refused {
    Login login;
    std::chrono::seconds age;  ///< a younger login is not looked up again
  };
  async::awaitable<AuthMethod> auth_method(Repository repository, Challenges challenges,
                                           std::optional<Refused> refused);
  async::awaitable<Logins::Found> look_up(std::string authority, std::string repository,
                                          std::optional<Refused> refused);
  async::awaitable<Authorization::Current> obtain(AuthMethod auth_method, Secret refused);
  async::awaitable<Authorization::Current> obtain_better(Repository repository, Challenges challenges, int status,
                                                         Secret refused);

  Transport& transport_;
  Logins logins_;
  Tokens tokens_;
  std::set<std::string> warned_;  // texts of failures
};

}  // namespace acedt::registry
