#pragma once

#include <asio/thread_pool.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "acedt/async/once_map.hpp"
#include "acedt/base/error.hpp"
#include "acedt/registry/credentials.hpp"

namespace acedt::registry {

/// Looks logins up: in files that were read, and by helpers, each of which is asked once for a registry. Helpers run on
/// a thread of their own. Thread: that of `executor`.
class Logins {
 public:
  using Ask = std::function<std::optional<Login>(const HelperQuery&)>;

  /// `ask` is ask_helper(), or what stands for it in tests.
  Logins(async::Executor executor, Credentials credentials, Ask ask);

  /// Nothing: there is no login. Throws what asking a helper throws, each time.
  async::awaitable<std::optional<Login>> find(std::string authority, std::string repository);

 private:
  using Answer = std::variant<std::optional<Login>, Error>;

  async::awaitable<std::optional<Login>> ask(HelperQuery query);

  Credentials credentials_;
  Ask ask_;
  async::OnceMap<HelperQuery, Answer> answers_;
  std::unique_ptr<asio::thread_pool> thread_;  // where a helper is asked at all
};

}  // namespace acedt::registry
