#pragma once

#include <string>
#include <vector>

#include "acedt/registry/client.hpp"
#include "acedt/registry/logins.hpp"
#include "acedt/registry/tokens.hpp"

namespace acedt::registry {

/// Answers challenges: with the logins that there are, and tokens for them. One token for each repository, whatever the
/// requests there. Thread: that of `executor`, which is the client's.
class Authorizations {
 public:
  Authorizations(async::Executor executor, Credentials credentials, Client& client);

  /// Ahead of the first request to a repository, by how its endpoint greeted us: where that promises to help.
  async::awaitable<void> prepare(Repository repository, std::vector<http::Challenge> challenges);
  /// See Authorizer. A refusal without challenges is one with those of the last time.
  async::awaitable<bool> renew(Repository repository, unsigned generation,
                               std::optional<std::vector<http::Challenge>> refusal);
  async::awaitable<Secret> alone(Repository repository, std::vector<http::Challenge> challenges);

 private:
  /// A token to ask for, or a value for the Authorization field, or nothing.
  struct Means {
    std::optional<TokenWish> wish = {};
    Secret value = {};
  };
  async::awaitable<Means> means(Repository repository, std::vector<http::Challenge> challenges);

  Logins logins_;
  Tokens tokens_;
};

}  // namespace acedt::registry
