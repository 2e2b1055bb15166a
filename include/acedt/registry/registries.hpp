#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "acedt/async/once_map.hpp"
#include "acedt/oci/reference.hpp"
#include "acedt/registry/authorizations.hpp"
#include "acedt/registry/credentials.hpp"
#include "acedt/registry/endpoint.hpp"
#include "acedt/registry/settings.hpp"
#include "acedt/registry/transport.hpp"

namespace acedt::registry {

/// Opens repositories: finds their endpoints and whether these use TLS, and authorizes requests to them.
///
/// Thread: the one of `executor`, on which it makes its own requests. renew() and alone() may be called from others.
class Registries : public Authorizer {
 public:
  /// Calls `read_credentials` now, and again on another thread after a login was refused. Throws what it throws now.
  Registries(async::Executor executor, Settings settings, std::function<Credentials()> read_credentials,
             const TransportSettings& transport, report::Counters& counters);

  /// The repository of `reference` at the endpoint to ask first, with the other endpoints of its registry as mirrors.
  /// `actions`: what its tokens are to allow, as a token scope lists it: "pull", "pull,push". Greets each registry once
  /// (GET /v2/), at the first endpoint that answers; if that asks for a token, the token is fetched here. Throws the
  /// Error of the endpoints if none answers.
  async::awaitable<Repository> open(oci::Reference reference, std::string actions);

  /// Opens the repository of `reference` for pushing: only at the first endpoint of its registry, so that content is
  /// not scattered, and under its own name, regardless of Settings::rewrites. Greets and throws as open().
  async::awaitable<Repository> open_for_push(oci::Reference reference);
  /// The same, with the repository `from` of the registry as its mount_source.
  async::awaitable<Repository> open_for_mounts(oci::Reference reference, std::string from);
  /// Checks the login for the registry at `authority`, host[:port]. Returns false if the registry asks for no login.
  /// Throws Error(unauthorized) if it refuses, and the errors of Transport::get().
  async::awaitable<bool> let_us_in(std::string authority);

  /// Closes the idle connections.
  void close() { transport_.close(); }

  async::awaitable<bool> renew(Repository repository, unsigned generation, std::optional<Refusal> refusal) override;
  async::awaitable<Secret> alone(Repository repository, std::vector<http::Challenge> challenges) override;

 private:
  void forget_unused();
  async::awaitable<std::vector<Endpoint>> greeted(std::string registry, std::vector<Endpoint> endpoints);
  async::awaitable<bool> greet(Endpoint& endpoint);
  async::awaitable<std::vector<http::Challenge>> ping(Endpoint endpoint);
  const Repository& at(const Endpoint& endpoint, const std::string& name, const std::string& actions);
  std::size_t first_that_is_up(const Mirrors& mirrors) const;
  async::awaitable<void> authorize(Repository repository, std::vector<http::Challenge> challenges);

  async::Executor executor_;
  Settings settings_;
  std::shared_ptr<HostHealth> host_health_;
  Transport transport_;
  Authorizations authorizations_;
  async::OnceMap<std::string, std::vector<Endpoint>> endpoints_;
  static constexpr std::size_t min_remembered = 1024;
  std::map<std::tuple<net::Target, std::string, std::string>, Repository> repositories_;  // by root and scope
  std::size_t forget_at_ = min_remembered;                                                // entries of repositories_
};

}  // namespace acedt::registry
