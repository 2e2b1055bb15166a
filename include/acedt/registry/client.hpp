#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "acedt/http/challenge.hpp"
#include "acedt/http/quota.hpp"
#include "acedt/net/pool.hpp"
#include "acedt/net/token_bucket.hpp"
#include "acedt/oci/descriptor.hpp"
#include "acedt/plan/retry.hpp"
#include "acedt/registry/failover.hpp"
#include "acedt/registry/host_health.hpp"
#include "acedt/registry/repository.hpp"
#include "acedt/registry/retry_after_gate.hpp"
#include "acedt/report/observer.hpp"

namespace acedt::registry {

/// No manifest, and no page of referrers, is larger (OCI distribution-spec v1.1 has registries take 4 MiB).
inline constexpr Bytes max_manifest_size = 8_MiB;
/// No other answer that is held in memory is: tokens, errors, greetings.
inline constexpr Bytes max_answer_size = 1_MiB;

/// What a registry answered to a request with the current Authorization.
struct Refusal {
  int status = 401;  ///< or 403, as Amazon's registry says that a login has expired
  std::vector<http::Challenge> challenges = {};
};

/// Gets a new Authorization for a repository. Shared by the clients of all threads, and called on theirs.
class Authorizer {
 public:
  virtual ~Authorizer() = default;
  /// Renews repository.authorization, unless somebody did since `generation`: after a `refusal`, or ahead of time.
  /// False if there is nothing better than what was refused; after a 403, a login that is not old is good.
  virtual async::awaitable<bool> renew(Repository repository, unsigned generation, std::optional<Refusal> refusal) = 0;
  /// A value for the Authorization field of one request; empty where there is nothing better.
  virtual async::awaitable<Secret> alone(Repository repository, std::vector<http::Challenge> challenges) = 0;
};

/// What a response with 401 asks for, in all of its fields.
std::vector<http::Challenge> challenges_of(const http::ResponseHead& head);

/// A response whose body is still to be read, or was.
struct Response {
  std::unique_ptr<net::Connection> connection;  ///< null when it was given back
  http::ResponseHead head = {};
  std::string method;  ///< of the request
  http::Url url;       ///< that was asked

  /// "GET https://host/path", for messages.
  std::string what() const { return method + " " + url.display(); }
};

/// Where a response sends its client; nothing if it is no redirect. `followed` counts them. Throws Error(bad_input) at
/// the eleventh, and rather than go from https to http.
std::optional<http::Url> redirected(const Response& response, std::size_t& followed);

/// An answer with its body.
struct Document {
  http::ResponseHead head;
  std::string text;
};

/// What the clients of a run share.
struct ClientSettings {
  net::Timeouts timeouts = {};
  plan::Retry::Limits retry = {};
  std::shared_ptr<RetryAfterGate> retry_after = std::make_shared<RetryAfterGate>();
  std::shared_ptr<HostHealth> host_health = std::make_shared<HostHealth>();
  Bytes receive_buffer = net::Connection::default_buffer;
  std::shared_ptr<net::Tls> tls = std::make_shared<net::Tls>();
  http::ProxyRules proxies = {};
  std::shared_ptr<net::TokenBucket> bytes = {};          ///< that may be received, over all threads; null: any
  std::shared_ptr<net::TokenBucket> requests = {};       ///< that may be made, likewise
  std::size_t idle_connections = 64;                     ///< kept open, a thread
  std::function<void(report::Retrying)> on_retry = {};   ///< called on the thread of the client
  std::function<void(const std::string&)> on_busy = {};  ///< called there, with a host that asks for patience
  /// Called there, with what the user should know though the run goes on.
  std::function<void(std::string)> on_warning = [](const std::string&) {};
  /// Called there, with a registry as references name it and the requests that it says it still answers.
  std::function<void(const std::string&, http::Quota)> on_quota = {};
  std::function<double()> jitter = {};  ///< a random number in [0, 1); called on the thread of the client
  std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;  ///< for tokens
};

/// Speaks to registries on one thread (OCI distribution-spec v1.1, "Pull"): redirects, authorization, connections.
///
/// Messages of errors name the method and the URL, without its query. manifest(), resolve() and find() try again and
/// turn to other endpoints as Failover says; get() does not. What is passed by reference must stay until the
/// call has ended.
class Client {
 public:
  Client(async::Executor executor, const ClientSettings& settings, Authorizer& authorizer, report::Counters& counters);

  /// What a tag or a digest is in this repository: HEAD, and GET where the answer says too little.
  /// Throws Error(not_found) and the others.
  async::awaitable<oci::Descriptor> resolve(const Repository& repository, std::string selector);
  /// The verified bytes of a manifest.
  async::awaitable<std::string> manifest(const Repository& repository, const oci::Descriptor& descriptor);
  /// The same of a tag that need not be there: nothing where there is none, or no manifest under it.
  async::awaitable<std::optional<oci::Descriptor>> find(const Repository& repository, std::string tag);

  /// Sends one request; follows redirects and renews the authorization: ahead of time, and twice after a 401, the
  /// second time for this request alone. Any status but those is returned. Throws Error(unauthorized) where there is no
  /// login.
  async::awaitable<Response> send(const Repository& repository, http::Request request);
  /// GETs; throws the Error of a response that is no success.
  async::awaitable<Response> get(const Repository& repository, http::Request request);
  /// What the registry has under a tag. Nothing if it has no such tag; throws the Error of any other failure.
  async::awaitable<std::optional<Document>> get_if_there(const Repository& repository, std::string tag);
  /// The body, and gives the connection back; nothing, and no more of it, where it is longer than `limit`.
  async::awaitable<std::optional<std::string>> read_up_to(Response& response, Bytes limit);
  /// The body. Throws Error(bad_input) where it is longer than `limit`.
  async::awaitable<std::string> read_all(Response& response, Bytes limit);
  /// The body, up to max_manifest_size.
  async::awaitable<std::string> read_all(Response& response);
  /// Gives the connection back, after the body was read to its end.
  void done(Response& response);
  /// Looks after connections that are far slower than the others, until it is cancelled.
  async::awaitable<void> watch_for_stragglers();
  /// Closes the connections that are idle.
  void close();
  /// One request to one place, without redirects and authorization.
  async::awaitable<Response> exchange(const net::Target& target, http::Request request);

  /// For something that is worth trying again.
  plan::Retry new_retry() const { return plan::Retry(settings_.retry); }
  /// For something that is wanted of `repository`, now.
  Failover failover_for(const Repository& repository) const {
    return {repository, settings_.retry, settings_.host_health, std::chrono::steady_clock::now()};
  }
  /// Calls `attempt` with the repository at the endpoint to ask, until one succeeds or there is no other.
  template <class Result, class Attempt>
  async::awaitable<Result> persist(const Repository& repository, std::string what, Attempt attempt) {
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
  /// After a failed attempt: waits, or turns to another endpoint at once; throws where there is none.
  async::awaitable<void> go_on(Failover& failover, std::exception_ptr failure, std::string what) const;
  /// Waits before the next attempt, or throws `failure` where there is none.
  async::awaitable<void> back_off(plan::Retry& retry, std::exception_ptr failure, std::string what) const;

  /// Tells the user something. Free of secrets.
  void warn(std::string text) const { settings_.on_warning(std::move(text)); }
  /// By the clock that was passed in.
  std::chrono::steady_clock::time_point now() const { return settings_.now(); }
  report::Counters& counters() noexcept { return counters_; }

 private:
  async::awaitable<std::unique_ptr<net::Stream>> dial(net::Target target);
  async::awaitable<Secret> authorize_again(const Repository& repository, unsigned generation, Response refusal,
                                           int refusals);
  std::chrono::nanoseconds until_welcome(const net::Target& target) const;
  async::awaitable<std::unique_ptr<net::Connection>> connect(net::Target target);
  std::chrono::nanoseconds until_turn() const;
  void asked_for_patience(const Repository& repository, const net::Target& target,
                          const http::ResponseHead& head) const;
  void note_quota(const net::Target& target, const http::ResponseHead& head) const;
  struct HeadSays {
    int status = 0;
    std::optional<oci::Descriptor> descriptor = {};  ///< where it says all that is needed
  };
  async::awaitable<oci::Descriptor> resolve_once(const Repository& repository, std::string selector);
  async::awaitable<HeadSays> ask_head(const Repository& repository, std::string selector);
  async::awaitable<std::optional<oci::Descriptor>> find_once(const Repository& repository, std::string tag);
  async::awaitable<std::string> manifest_once(const Repository& repository, const oci::Descriptor& descriptor);

  async::Executor executor_;
  ClientSettings settings_;
  Authorizer& authorizer_;
  report::Counters& counters_;
  std::shared_ptr<Buffers> buffers_;
  net::Dialer dialer_;
  net::StragglerDetector stragglers_;
  net::Pool pool_;
};

}  // namespace acedt::registry
