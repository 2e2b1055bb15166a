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
#include "acedt/registry/credentials.hpp"

namespace acedt::registry {

/// Looks logins up: in files, and by helpers, each of which is asked once for a registry.
///
/// Logins end: helpers of clouds give secrets for some hours. So after a refusal the files are read again and the
/// helpers asked again, once for all requests that were refused with the same login. Both is done on a thread of its
/// own. Thread: that of `executor`.
class Logins {
 public:
  using Clock = std::chrono::steady_clock;

  struct Sources {
    std::function<Credentials()> read;                            ///< the files: read_credentials()
    std::function<std::optional<Login>(const HelperQuery&)> ask;  ///< a helper: ask_helper()
    std::function<Clock::time_point()> now;
  };

  /// Reads the files. Throws what that throws.
  Logins(async::Executor executor, Sources sources);

  /// A login, or what a place where one may be failed with.
  struct Found {
    std::optional<Login> login = {};
    std::optional<Error> failure = {};  ///< of the first such place: it might have had a login, or another one
  };
  async::awaitable<Found> find(std::string authority, std::string repository);

  /// The same after the login `refused` was refused; that very login if there is no newer one. Nothing is read or asked
  /// again if that was done less than `age` ago, or was repeated less than a second ago.
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
  std::unique_ptr<async::ThreadPool> thread_;  // once it is needed
};

}  // namespace acedt::registry
