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

/// Answers challenges: with the logins that there are, and tokens for them. One token for each repository, whatever the
/// requests there.
///
/// What a login needs may be missing or broken, such as a helper: that is a warning, and what is public comes all the
/// same; it is the error if the registry then refuses. Thread: that of `executor`, which is the client's.
class Authorizations {
 public:
  /// `read_credentials`: see Registries.
  Authorizations(async::Executor executor, std::function<Credentials()> read_credentials, Transport& transport);

  /// Ahead of the first request to a repository, by how its endpoint greeted us: where that promises to help.
  async::awaitable<void> prepare(Repository repository, std::vector<http::Challenge> challenges);
  /// See Authorizer. A refusal without challenges is one with those of the last time.
  async::awaitable<bool> renew(Repository repository, unsigned generation, std::optional<Refusal> refusal);
  async::awaitable<Secret> alone(Repository repository, std::vector<http::Challenge> challenges);

 private:
  using Challenges = std::vector<http::Challenge>;
  /// A token to ask for, or a value for the Authorization field, or nothing.
  struct AuthMethod {
    std::optional<TokenRequest> wanted = {};
    Secret value = {};
    std::optional<Login> login = {};    ///< that is used
    std::optional<Error> failure = {};  ///< why there may be no login
  };
  /// A login that was refused.
  struct Refused {
    Login login;
    std::chrono::seconds age;  ///< that it must have to be looked for again
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
  std::set<std::string> warned_;  // of failures
};

}  // namespace acedt::registry
