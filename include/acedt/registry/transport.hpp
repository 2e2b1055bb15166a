#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "acedt/base/secret.hpp"
#include "acedt/http/field_values.hpp"
#include "acedt/http/message.hpp"
#include "acedt/http/proxy.hpp"
#include "acedt/net/dialer.hpp"
#include "acedt/net/pool.hpp"
#include "acedt/net/straggler_detector.hpp"
#include "acedt/net/token_bucket.hpp"
#include "acedt/plan/retry.hpp"
#include "acedt/registry/failover.hpp"
#include "acedt/registry/host_health.hpp"
#include "acedt/registry/repository.hpp"
#include "acedt/registry/response.hpp"
#include "acedt/report/observer.hpp"

namespace acedt::registry {

/// How a registry refused a request that carried the current Authorization.
struct Refusal {
  int status = 401;  ///< or 403, with which Amazon's registry reports that a login has expired
  std::vector<http::Challenge> challenges = {};
};

/// Obtains a new Authorization for a repository. The transports of all threads share one, and call it on their threads.
class Authorizer {
 public:
  virtual ~Authorizer() = default;
  /// Renews repository.authorization, unless it was renewed since `generation`. `refusal`: why; unset: it expires soon.
  /// Returns false if no better authorization is available. Throws the Error of the token server or the credentials.
  virtual async::awaitable<bool> renew(Repository repository, unsigned generation, std::optional<Refusal> refusal) = 0;
  /// A token that is used for one request only. Empty if the repository is not authorized by tokens. Throws as renew().
  virtual async::awaitable<Secret> alone(Repository repository, std::vector<http::Challenge> challenges) = 0;
};

/// What the transports of a run share. Every callback is callable at all times: its default does nothing. A transport
/// calls it on its own thread.
struct TransportSettings {
  net::Timeouts timeouts = {};
  plan::Retry::Limits retry = {};
  std::shared_ptr<RetryAfterGate> retry_after = std::make_shared<RetryAfterGate>();
  std::shared_ptr<HostHealth> host_health = std::make_shared<HostHealth>();
  std::shared_ptr<FailingHosts> failing_hosts = std::make_shared<FailingHosts>();
  Bytes receive_buffer = net::Connection::default_buffer;  ///< of each connection that is in use
  std::shared_ptr<net::Tls> tls = std::make_shared<net::Tls>();
  http::ProxyRules proxies = {};
  std::shared_ptr<net::TokenBucket> bytes = {};     ///< limits the bytes of bodies, over all threads; null: no limit
  std::shared_ptr<net::TokenBucket> requests = {};  ///< limits requests likewise
  std::size_t idle_connections = 64;                ///< that a thread keeps open, at most

  /// An attempt failed and is repeated after a delay.
  std::function<void(report::Retrying)> on_retry = [](const report::Retrying&) {};
  /// A host asked for a pause, which begins or becomes longer.
  std::function<void(report::HostPaused)> on_pause = [](const report::HostPaused&) {};
  /// A host that on_retry named answers again.
  std::function<void(report::HostRecovered)> on_recovery = [](const report::HostRecovered&) {};
  /// A host, host[:port], answered 429 or 503.
  std::function<void(const std::string&)> on_busy = [](const std::string&) {};
  /// Something that the user should know and that does not end the run. Free of secrets.
  std::function<void(std::string)> on_warning = [](const std::string&) {};
  /// A registry, as references name it, said how many requests it will still answer.
  std::function<void(const std::string&, http::Quota)> on_quota = [](const std::string&, http::Quota) {};
  /// A random number in [0, 1) that spreads retries.
  std::function<double()> jitter = [] { return 0.0; };
  /// The clock by which tokens and logins expire.
  std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;
};

/// HTTP to registries, from one thread: connections and their pool, redirects, authorization, and the waits between
/// attempts. What is requested is the business of pull.hpp and referrers.hpp.
///
/// Errors name the method and the URL without its query. Arguments passed by reference must live until the call ends.
class Transport {
 public:
  Transport(async::Executor executor, const TransportSettings& settings, Authorizer& authorizer,
            report::Counters& counters);

  /// One request to `target`, without redirects and authorization. If a pooled connection turns out to be closed, an
  /// idempotent request (RFC 9110 section 9.2.2) is sent again over another connection; any other request fails, as
  /// the server may have acted on it. Returns a response of any status. Throws Error(transport) and the other errors
  /// of net::Dialer::dial() and net::Connection::exchange().
  async::awaitable<Response> exchange(const net::Target& target, http::Request request) {
    return exchange(target, std::move(request), nullptr);
  }
  /// The same to a repository: follows redirects and authorizes. An authorization is renewed before it expires, and
  /// twice after a 401. Throws Error(unauthorized) if that does not help. Returns a response of any other status.
  async::awaitable<Response> send(const Repository& repository, http::Request request) {
    return send(repository, repository.target.origin, std::move(request), nullptr);
  }
  /// Like send() above, to a URL at `origin` that the registry gave. Sends Authorization only if `origin` is the
  /// repository's own. Sends `body` with the request, and again from its start after each redirect and each new
  /// authorization; null: no body. A request that changes something is redirected only by 307 and 308. Throws also what
  /// `body` throws.
  async::awaitable<Response> send(const Repository& repository, http::Origin origin, http::Request request,
                                  net::RequestBody* body);
  /// As send(); throws the Error of a response other than 200 and 206, see throw_problem().
  async::awaitable<Response> get(const Repository& repository, http::Request request);

  /// Reads the body and returns the connection to the pool. Unset if the body exceeds `limit`; the rest is not read.
  async::awaitable<std::optional<std::string>> read_up_to(Response& response, Bytes limit);
  /// As read_up_to(); throws Error(bad_input) if the body exceeds `limit`.
  async::awaitable<std::string> read_all(Response& response, Bytes limit);
  /// As read_all() with max_manifest_size.
  async::awaitable<std::string> read_all(Response& response);
  /// Returns the connection to the pool, after the body was read to its end.
  void done(Response& response);

  /// Cuts connections that are far slower than the others (net::StragglerDetector). Runs until it is cancelled.
  async::awaitable<void> watch_for_stragglers();
  /// Closes the idle connections.
  void close();

  /// State for the attempts of one operation at one endpoint.
  plan::Retry new_retry() const { return plan::Retry(settings_.retry); }
  /// State for the attempts of one operation at all endpoints of `repository`.
  Failover failover_for(const Repository& repository) const {
    return {repository, settings_.retry, settings_.host_health, std::chrono::steady_clock::now()};
  }
  /// After a failed attempt: waits for the time of the next one, or throws `failure` if there is none. `what` names the
  /// operation in on_retry().
  async::awaitable<void> back_off(plan::Retry& retry, std::exception_ptr failure, std::string what) const;
  /// The same over several endpoints: waits, or turns to another endpoint without a wait. Throws if none is left.
  async::awaitable<void> go_on(Failover& failover, std::exception_ptr failure, std::string what) const;
  /// Calls `attempt` with the repository at one endpoint after another, as go_on() says, until it succeeds.
  template <class Result, class Attempt>
  async::awaitable<Result> persist(const Repository& repository, std::string what, Attempt attempt) const {
    for (Failover failover = failover_for(repository);;) {
      std::exception_ptr failure;
      try {
        co_return co_await attempt(failover.where());
      } catch (const Error&) {
        failure = std::current_exception();
      }
      co_await go_on(failover, failure, what);
    }
  }

  /// Calls TransportSettings::on_warning.
  void warn(std::string text) const { settings_.on_warning(std::move(text)); }
  /// TransportSettings::now.
  std::chrono::steady_clock::time_point now() const { return settings_.now(); }
  report::Counters& counters() noexcept { return counters_; }

 private:
  async::awaitable<Response> exchange(const net::Target& target, http::Request request, net::RequestBody* body);
  async::awaitable<http::ResponseHead> exchange_over(net::Connection& connection, const http::Request& request,
                                                     net::RequestBody* body);
  async::awaitable<std::unique_ptr<net::Stream>> dial(net::Target target);
  async::awaitable<std::unique_ptr<net::Connection>> connect(net::Target target);
  std::chrono::nanoseconds until_turn() const;
  std::chrono::nanoseconds until_open(const net::Target& target) const;
  async::awaitable<Secret> authorize_again(const Repository& repository, unsigned generation, Response refusal,
                                           int refusals);
  void note_answer(const net::Target& target, int status) const;
  void note_busy(const Repository& repository, const net::Target& target, const http::ResponseHead& head) const;
  void note_quota(const net::Target& target, const http::ResponseHead& head) const;

  async::Executor executor_;
  TransportSettings settings_;
  Authorizer& authorizer_;
  report::Counters& counters_;
  std::shared_ptr<Buffers> buffers_;
  net::Dialer dialer_;
  net::StragglerDetector stragglers_;
  net::Pool pool_;
};

}  // namespace acedt::registry
