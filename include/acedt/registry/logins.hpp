#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "acedt/async/once_map.hpp"
#include "acedt/async/thread_pool.hpp"
#include "acedt/base/error.hpp"
#include "acedt/base/process.hpp"
#include "acedt/registry/credentials.hpp"

namespace acedt::registry {

// The protocol of docker-credential-helpers: `docker-credential-NAME get|store|erase`. These functions run the program
// and block; as a helper may ask its user for something, the time limit is 60 s. Errors are Error(unauthorized) that
// name the helper, the registry and the place where the helper is configured.

/// The login that the helper has for its server; unset if it has none.
std::optional<Login> ask_helper(const HelperQuery& query);

/// Stores `login` in the helper: its identity token if it has one, else user and password.
void store_in_helper(const HelperQuery& query, const Login& login);

/// Removes the login from the helper; no error if it has none.
void erase_from_helper(const HelperQuery& query);

/// The login in the response of the program to `get`; `result` is unset if there is no such program.
std::optional<Login> login_of_helper(const HelperQuery& query, const std::optional<ProcessResult>& result);

/// Looks up logins, in files and by helpers. Each helper is asked once for a registry.
///
/// Logins expire: helpers of clouds give secrets for some hours. So after a refusal the files are read and the helpers
/// asked again, once for all requests that were refused with the same login. Both happen on a separate thread. Thread:
/// the one of `executor`.
class Logins {
 public:
  using Clock = std::chrono::steady_clock;

  struct Sources {
    std::function<Credentials()> read;                            ///< the files: read_credentials()
    std::function<std::optional<Login>(const HelperQuery&)> ask;  ///< a helper: ask_helper()
    std::function<Clock::time_point()> now;
  };

  /// Reads the files. Throws what Sources::read throws.
  Logins(async::Executor executor, Sources sources);

  /// The result of a look-up.
  struct Found {
    std::optional<Login> login = {};
    std::optional<Error> failure = {};  ///< of the first source that failed: it might have had the login
  };
  async::awaitable<Found> find(std::string authority, std::string repository);

  /// As find(), after a registry refused the login `refused`. Returns that login if there is no newer one. Does not
  /// read and ask again if that happened less than `age` ago, or was repeated less than a second ago.
  async::awaitable<Found> find_newer(std::string authority, std::string repository, Login refused,
                                     std::chrono::seconds age);

 private:
  using Answer = std::variant<std::optional<Login>, Error>;
  struct Look {
    Clock::time_point at = {};
    bool is_repeated = false;
  };

  async::awaitable<Answer> ask(HelperQuery query);
  async::awaitable<void> look_again(std::string authority, std::string repository, std::chrono::seconds age);
  async::ThreadPool& thread();

  Sources sources_;
  Credentials credentials_;
  async::OnceMap<HelperQuery, Answer> answers_;
  async::OnceMap<std::string, bool> looks_;    // under way, by authority
  std::map<std::string, Look> looked_;         // the last one, by authority
  std::unique_ptr<async::ThreadPool> thread_;  // made when it is needed
};

}  // namespace acedt::registry
