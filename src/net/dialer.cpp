#include "acedt/net/dialer.hpp"

#include <utility>
#include <vector>

#include "acedt/async/task_group.hpp"
#include "acedt/async/timeout.hpp"
#include "net/happy_eyeballs.hpp"
#include "net/streams.hpp"
#include "net/tunnel.hpp"

namespace acedt::net {
namespace {

using asio::ip::tcp;

constexpr const char* about_servers =
    "check that the server is up and listens on this port, that no firewall is between, and whether this machine needs "
    "a "
    "proxy (HTTPS_PROXY)";
constexpr std::size_t max_addresses = 32;  // of a host: each may take Timeouts::connect

/// What getaddrinfo() says, which takes as long as it likes: it runs on a thread of Asio's and cannot be interrupted.
/// So the coroutine that is cancelled meanwhile goes on, and the answer reaches nobody.
struct LookUp {
  explicit LookUp(const async::Executor& executor) : ended(executor) {}

  std::error_code ec = {};
  std::vector<tcp::endpoint> endpoints = {};
  bool is_over = false;
  async::Event ended;
};

async::awaitable<Addresses> look_up(http::Origin origin) {
  const async::Executor executor = co_await asio::this_coro::executor;
  const auto answer = std::make_shared<LookUp>(executor);
  auto tell = [answer](const std::error_code& ec, const tcp::resolver::results_type& results) {
    answer->ec = ec;
    for (const auto& result : results)
      if (answer->endpoints.size() < max_addresses) answer->endpoints.push_back(result.endpoint());
    answer->is_over = true;
    answer->ended.wake_all();
  };
  tcp::resolver resolver(executor);
  resolver.async_resolve(origin.host, std::to_string(origin.port), std::move(tell));
  while (!answer->is_over) co_await answer->ended.wait();
  if (answer->ec == asio::error::host_not_found || answer->ec == asio::error::no_data) {
    Error error(ErrorKind::unreachable, "no such host: " + origin.host);
    error.hint("check the name, and the resolver of this machine");
    throw error;
  }
  if (answer->ec) {
    Error error(ErrorKind::transport, "the name " + origin.host + " cannot be looked up: the resolver does not answer");
    error.hint("check the network and the resolver of this machine (/etc/resolv.conf)");
    throw error;
  }
  co_return Addresses(std::move(answer->endpoints));
}

}  // namespace

Dialer::Dialer(async::Executor executor, Timeouts timeouts, std::shared_ptr<Tls> tls, http::ProxyRules proxies)
    : executor_(executor),
      timeouts_(timeouts),
      addresses_(executor),
      tls_(std::move(tls)),
      proxies_(std::move(proxies)) {}

async::awaitable<Dialer::Known> Dialer::resolve(http::Origin origin) {
  auto claim = co_await addresses_.claim(origin);
  if (const Known* known = claim.done()) co_return *known;
  Addresses found = co_await look_up(origin);
  const auto kept = std::make_shared<Addresses>(std::move(found));
  claim.finish(kept);
  co_return kept;
}

async::awaitable<tcp::socket> Dialer::connect(http::Origin origin) {
  // The limit is for all who wait for one look-up, too: else each would begin another one when it is its turn.
  const std::string what = "looking up " + origin.host;
  const Known addresses = co_await async::with_timeout(timeouts_.connect, what, resolve(origin));
  try {
    co_return co_await connect_to_first(*addresses, timeouts_.connect);
  } catch (const Error&) {
    addresses_.forget(origin);  // it may have moved
    throw;
  }
}

async::awaitable<std::unique_ptr<Stream>> Dialer::secure(std::unique_ptr<Stream> stream, Target target,
                                                         bool tunnelled) {
  auto handshake = tls_stream(std::move(stream), *tls_, std::move(target), tunnelled);
  co_return co_await async::with_timeout(timeouts_.answer(), "TLS handshake", std::move(handshake));
}

/// To `origin`, or for an origin without TLS to an HTTP proxy that forwards requests to it.
async::awaitable<std::unique_ptr<Stream>> Dialer::dial_through(const http::Proxy& proxy, http::Origin origin) {
  try {
    tcp::socket socket = co_await connect(proxy.origin);
    std::unique_ptr<Stream> stream = tcp_stream(std::move(socket));
    Target of_proxy{proxy.origin};
    if (proxy.origin.tls) stream = co_await secure(std::move(stream), std::move(of_proxy), false);
    if (proxy.kind == http::Proxy::Kind::http && !origin.tls) co_return stream;
    auto opening = tunnel(std::move(stream), proxy, std::move(origin));
    co_return co_await async::with_timeout(timeouts_.answer(), "opening a tunnel", std::move(opening));
  } catch (const NotTls&) {
    throw Error(ErrorKind::unreachable, "proxy " + proxy.text() + ": it does not speak TLS")
        .hint("if it is to be spoken to in plain HTTP, which is usual, its URL begins with http://");
  } catch (Error& error) {
    error.add("proxy " + proxy.text());
    error.hint("check the proxy in HTTP_PROXY, HTTPS_PROXY or ALL_PROXY; hosts in NO_PROXY are reached without");
    throw;
  }
}

async::awaitable<std::unique_ptr<Stream>> Dialer::dial(Target target) {
  const http::Proxy* const proxy = proxies_.find(target.origin);
  std::unique_ptr<Stream> stream;
  try {
    if (proxy == nullptr) {
      tcp::socket socket = co_await connect(target.origin);
      stream = tcp_stream(std::move(socket));
    } else {
      stream = co_await dial_through(*proxy, target.origin);
    }
  } catch (Error& error) {
    error.hint(about_servers);
    throw;
  }
  if (!target.origin.tls) co_return stream;
  co_return co_await secure(std::move(stream), std::move(target), proxy != nullptr);
}

const http::Proxy* Dialer::forwarding_proxy(const Target& target) const {
  const http::Proxy* const proxy = target.origin.tls ? nullptr : proxies_.find(target.origin);
  return proxy != nullptr && proxy->kind == http::Proxy::Kind::http ? proxy : nullptr;
}

http::Request Dialer::on_its_way(const Target& target, http::Request request) const {
  const http::Proxy* const proxy = forwarding_proxy(target);
  return proxy == nullptr ? std::move(request) : http::forwarded(std::move(request), target.origin, *proxy);
}

void Dialer::check_proxy(const Target& target, int status) const {
  const http::Proxy* const proxy = forwarding_proxy(target);
  if (proxy == nullptr || status != 407) return;
  Error error = proxy_wants_login(*proxy);
  error.add("proxy " + proxy->text());
  throw error;
}

}  // namespace acedt::net
