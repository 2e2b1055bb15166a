// Transport: everything between "a request to this repository" and the head of its response.
//
// Three layers, each one function. connect() opens a connection: through a proxy, with TLS, within time limits.
// exchange() sends one request over a pooled connection or a new one. send() repeats exchange() for as long as the
// response only tells where to go next: a redirect, a 401 that a new token answers, a 403 by which Amazon's registry
// says that a login has expired. Credentials go to the repository's own endpoint, never to where it redirects.
//
// What a failure means for the next attempt is decided elsewhere, by plan::Retry at one endpoint and by Failover over
// several; back_off() and go_on() only do the waiting that these ask for.

#include "acedt/registry/transport.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "acedt/async/timeout.hpp"
#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/registry/problem.hpp"

namespace acedt::registry {
namespace {

constexpr int max_refusals = 2;

/// Whether sending a request twice has the effect of sending it once (RFC 9110 section 9.2.2).
bool is_idempotent(std::string_view method) {
  constexpr std::array<std::string_view, 6> methods = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"};
  return std::ranges::find(methods, method) != methods.end();
}

bool is_safe(std::string_view method) {
  return method == "GET" || method == "HEAD";
}

/// Only redirects with these statuses keep the method of a request; others turn it into GET.
bool keeps_method(int status) {
  return status == 307 || status == 308;
}

/// A body that counts the bytes read from it.
class Counted : public net::RequestBody {
 public:
  Counted(net::RequestBody& body, std::atomic<std::uint64_t>& sent) : body_(body), sent_(sent) {}
  Bytes size() const override { return body_.size(); }
  async::awaitable<void> start() override { return body_.start(); }
  async::awaitable<std::span<const std::byte>> read() override {
    const std::span<const std::byte> piece = co_await body_.read();
    sent_.fetch_add(piece.size(), std::memory_order_relaxed);
    co_return piece;
  }

 private:
  net::RequestBody& body_;
  std::atomic<std::uint64_t>& sent_;
};

std::string text_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const Error& error) {
    return error.what();
  }
}

/// Returns the host[:port] in the URL that an error of this transport names; empty if there is none.
std::string host_in(std::string_view error) {
  constexpr std::string_view before = "://";
  const std::size_t url = error.find(before);
  if (url == std::string_view::npos) return {};
  error.remove_prefix(url + before.size());
  return std::string(error.substr(0, error.find_first_of("/? ")));
}

std::string too_long_a_wait(std::chrono::seconds asked) {
  return "the registry asks to come back in " + human(asked) +
         ", which is more than --retry-max-wait: raise that, or " + "run the same command again then";
}

/// Returns what the user can do about a failure that says no more than its kind; empty for other kinds.
std::string_view hint_for(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::unavailable:
      return "the registry, or a proxy in front of it, has a problem: run the same command again later, and ask who "
             "runs "
             "the registry if it stays";
    case ErrorKind::rate_limited:
      return "run the same command again later; log in for a higher limit, or ask for less with "
             "--max-requests-per-second";
    case ErrorKind::transport:
    case ErrorKind::protocol:
      return "check the network, and that this is the address of a registry; then run the same command again, which "
             "continues where it stopped";
    case ErrorKind::corrupt:
      return "run the same command again; if it stays, the registry or a proxy in front of it has damaged content: "
             "push "
             "the artifact there again";
    case ErrorKind::bad_input:
      return "no registry should answer this: check its address, try another endpoint, or ask who runs it";
    default: return "";
  }
}

}  // namespace

Transport::Transport(async::Executor executor, const TransportSettings& settings, Authorizer& authorizer,
                     report::Counters& counters)
    : executor_(executor),
      settings_(settings),
      authorizer_(authorizer),
      counters_(counters),
      buffers_(std::make_shared<Buffers>(settings.receive_buffer)),
      dialer_(executor, settings.timeouts, settings.tls, settings.proxies),
      pool_(settings.idle_connections) {}

async::awaitable<void> Transport::back_off(plan::Retry& retry, std::exception_ptr failure, std::string what) const {
  report::Retrying event{std::move(what)};
  std::optional<plan::Retry::Again> again;
  try {
    std::rethrow_exception(failure);
  } catch (Error& error) {
    const auto* unavailable = dynamic_cast<const Unavailable*>(&error);
    const auto asked = unavailable == nullptr ? std::nullopt : unavailable->retry_after();
    again = retry.after(error.kind(), settings_.jitter(), asked);
    event.why = error.what();
    if (!again) {
      if (asked > settings_.retry.max_wait) error.hint(too_long_a_wait(*asked));
      error.hint(hint_for(error.kind()));
      error.tried(retry.failed());
      throw;
    }
  }
  event.delay = again->delay;
  event.attempt = retry.failed();
  event.host = host_in(event.why);
  if (!event.host.empty()) settings_.failing_hosts->note(event.host);
  settings_.on_retry(std::move(event));
  co_await async::sleep(again->delay);
}

async::awaitable<void> Transport::go_on(Failover& failover, std::exception_ptr failure, std::string what) const {
  if (!failover.is_lost(failure, std::chrono::steady_clock::now())) {
    try {
      co_await back_off(failover.retry(), failure, std::move(what));
      co_return;
    } catch (const Error&) {
      failure = std::current_exception();
    }
  }
  const std::string endpoint = failover.where().target.origin.text();
  if (!failover.leave(failure, std::chrono::steady_clock::now())) co_return;
  warn(endpoint + " is down, other endpoints are asked for " + human(HostHealth::pause) + ": " + text_of(failure));
}

async::awaitable<std::unique_ptr<net::Stream>> Transport::dial(net::Target target) {
  try {
    co_return co_await dialer_.dial(target);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::transport) throw;
    throw NoConnection(error);
  }
}

async::awaitable<std::unique_ptr<net::Connection>> Transport::connect(net::Target target) {
  std::unique_ptr<net::Stream> stream = co_await dial(target);
  co_return std::make_unique<net::Connection>(executor_, std::move(stream), target, settings_.timeouts, buffers_,
                                              &stragglers_, settings_.bytes);
}

/// How long to wait before the next request, by TransportSettings::requests.
std::chrono::nanoseconds Transport::until_turn() const {
  if (!settings_.requests) return {};
  return settings_.requests->take(1, std::chrono::steady_clock::now());
}

async::awaitable<http::ResponseHead> Transport::exchange_over(net::Connection& connection, const http::Request& request,
                                                              net::RequestBody* body) {
  if (body == nullptr) co_return co_await connection.exchange(request);
  co_await body->start();
  Counted counted(*body, counters_.bytes_sent);
  co_return co_await connection.exchange(request, counted);
}

async::awaitable<Response> Transport::exchange(const net::Target& target, http::Request request,
                                               net::RequestBody* body) {
  request.fields.add("User-Agent", "ace-dt/" ACEDT_VERSION);
  request.fields.add("Accept-Encoding", "identity");  // digests and ranges are of the content itself
  Response response{.connection = nullptr, .method = request.method, .url = {target.origin, request.target}};
  request = dialer_.on_its_way(target, std::move(request));
  if (const auto wait = until_turn(); wait.count() > 0) co_await async::sleep(wait);
  for (;;) {
    response.connection = pool_.take(target);
    const bool fresh = response.connection == nullptr;
    try {
      if (fresh) response.connection = co_await connect(target);
      counters_.requests.fetch_add(1, std::memory_order_relaxed);
      response.head = co_await exchange_over(*response.connection, request, body);
      dialer_.check_proxy(target, response.head.status);
      note_answer(target, response.head.status);
      co_return response;
    } catch (Error& error) {
      const bool is_silent = fresh && response.connection && !response.connection->answered();
      if (is_silent && !target.origin.tls && error.kind() == ErrorKind::transport)
        error.hint("check that the registry is up; if this port speaks TLS, its endpoint begins with https://");
      // The server may have closed a pooled connection just now: a race, not a failure.
      if (fresh || body != nullptr || response.connection->answered() || !is_idempotent(request.method)) {
        error.add(response.what());
        throw;
      }
    }
  }
}

async::awaitable<Response> Transport::send(const Repository& repository, http::Origin origin, http::Request request,
                                           net::RequestBody* body) {
  net::Target target = repository.target;
  target.origin = std::move(origin);
  if (body != nullptr) request.body_length = body->size().count;
  int refusals = 0;
  Secret own;  // a token for this request only
  for (std::size_t redirects = 0;;) {
    const bool at_home = target == repository.target;
    Authorization::Current shared = repository.authorization->current();
    if (at_home && now() >= shared.renew_at) {
      co_await authorizer_.renew(repository, shared.generation, std::nullopt);
      shared = repository.authorization->current();
    }
    const Secret& authorization = own.empty() ? shared.value : own;
    http::Request attempt = request;
    if (at_home && !authorization.empty()) attempt.fields.add("Authorization", authorization.reveal());
    if (const auto wait = until_open(target); wait.count() > 0) co_await async::sleep(wait);
    Response response = co_await exchange(target, std::move(attempt), body);
    const int status = response.head.status;
    if (at_home) note_quota(target, response.head);
    if (at_home && status < 500 && status != 429) settings_.host_health->over(target.origin);
    if (status == 429 || status == 503) note_busy(repository, target, response.head);
    if (status == 401 && at_home && refusals < max_refusals) {
      ++refusals;
      own = co_await authorize_again(repository, shared.generation, std::move(response), refusals);
      continue;
    }
    if (status == 403 && at_home && refusals == 0 && authorization.reveal().starts_with("Basic ")) {
      ++refusals;
      Refusal refused{status};
      const bool renewed = co_await authorizer_.renew(repository, shared.generation, std::move(refused));
      if (renewed) co_await read_up_to(response, max_answer_size);
      if (renewed) continue;
    }
    if (!is_safe(request.method) && !keeps_method(status)) co_return response;
    const auto next = redirected(response, redirects);
    if (!next) co_return response;
    co_await read_up_to(response, max_answer_size);
    target.origin = next->origin;
    request.target = next->target;
  }
}

/// After a 401. The first one: renew the shared token. The second one: it may be single-use and already spent, so
/// request a token for this call. A third one ends the attempt, so that no registry keeps it going for ever.
async::awaitable<Secret> Transport::authorize_again(const Repository& repository, unsigned generation, Response refusal,
                                                    int refusals) {
  std::vector<http::Challenge> challenges = challenges_of(refusal.head);
  const auto body = co_await read_up_to(refusal, max_answer_size);
  Secret own;
  bool renewed = false;
  if (refusals == 1) {
    Refusal refused{401, std::move(challenges)};
    renewed = co_await authorizer_.renew(repository, generation, std::move(refused));
  } else {
    own = co_await authorizer_.alone(repository, std::move(challenges));
    renewed = !own.empty();
  }
  if (renewed) co_return own;
  try {
    throw_problem(refusal.head, body.value_or(""), repository.target.origin.authority(), refusal.url.target);
  } catch (Error& error) {
    error.add(refusal.what());
    throw;
  }
}

/// How long the host of `target` still wants to be left alone, after a Retry-After to any request of this run.
std::chrono::nanoseconds Transport::until_open(const net::Target& target) const {
  const auto now = std::chrono::steady_clock::now();
  return std::max(settings_.retry_after->opens(target.origin), now) - now;
}

void Transport::note_answer(const net::Target& target, int status) const {
  const bool is_failure = status >= 500 || status == 429;
  if (!is_failure && settings_.failing_hosts->answers(target.origin))
    settings_.on_recovery({target.origin.authority()});
}

void Transport::note_busy(const Repository& repository, const net::Target& target,
                          const http::ResponseHead& head) const {
  settings_.on_busy(repository.target.origin.authority());
  const auto asked = retry_after(head);
  if (!asked || *asked > settings_.retry.max_wait) return;
  const bool is_news = settings_.retry_after->close(target.origin, std::chrono::steady_clock::now() + *asked);
  if (is_news && asked->count() > 0) settings_.on_pause({target.origin.authority(), *asked});
}

void Transport::note_quota(const net::Target& target, const http::ResponseHead& head) const {
  const auto field = head.fields.get("RateLimit-Remaining");
  if (!field) return;
  const auto quota = http::parse_quota(*field);
  if (quota) settings_.on_quota(target.registry, *quota);
}

async::awaitable<Response> Transport::get(const Repository& repository, http::Request request) {
  Response response = co_await send(repository, std::move(request));
  if (response.head.status == 200 || response.head.status == 206) co_return response;
  const bool at_home = response.connection->target() == repository.target;
  const auto body = co_await read_up_to(response, max_answer_size);
  const std::string_view text = body ? std::string_view(*body) : "";
  try {
    if (!at_home) throw_if_link_expired(response.head, text);
    throw_problem(response.head, text, repository.target.origin.authority(), response.url.target);
  } catch (Error& error) {
    error.add(response.what());
    throw;
  }
}

async::awaitable<std::optional<std::string>> Transport::read_up_to(Response& response, Bytes limit) {
  std::string text;
  response.connection->bound_body();
  for (;;) {
    const std::span<const std::byte> piece = co_await response.connection->read();
    if (piece.empty()) break;
    counters_.bytes_received.fetch_add(piece.size(), std::memory_order_relaxed);
    if (Bytes{text.size() + piece.size()} > limit) co_return std::nullopt;
    text += as_text(piece);
  }
  done(response);
  try {
    co_return without_encoding(response.head, std::move(text));
  } catch (Error& error) {
    error.add(response.what());
    throw;
  }
}

async::awaitable<std::string> Transport::read_all(Response& response, Bytes limit) {
  auto text = co_await read_up_to(response, limit);
  if (!text)
    throw Error(ErrorKind::bad_input, "more than " + std::to_string(limit.count >> 20) + " MiB")
        .add(response.what())
        .hint("no registry needs that much here: check that this is the address of a registry");
  co_return std::move(*text);
}

async::awaitable<std::string> Transport::read_all(Response& response) {
  return read_all(response, max_manifest_size);
}

void Transport::done(Response& response) {
  pool_.give(std::move(response.connection));
}

async::awaitable<void> Transport::watch_for_stragglers() {
  for (;;) {
    co_await async::sleep(std::chrono::seconds(1));
    stragglers_.look();
  }
}

void Transport::close() {
  pool_ = net::Pool(settings_.idle_connections);
}

}  // namespace acedt::registry
