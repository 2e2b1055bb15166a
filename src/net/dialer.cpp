#include "acedt/net/dialer.hpp"

#include <asio/connect.hpp>

#include <utility>

#include "acedt/async/timeout.hpp"
#include "net/streams.hpp"

namespace acedt::net {
namespace {

using asio::ip::tcp;

async::awaitable<std::vector<tcp::endpoint>> look_up(http::Origin origin) {
  tcp::resolver resolver(co_await asio::this_coro::executor);
  auto [ec, results] = co_await resolver.async_resolve(origin.host, std::to_string(origin.port), async::as_value);
  if (ec == asio::error::operation_aborted) async::throw_cancelled();
  if (ec == asio::error::host_not_found || ec == asio::error::no_data) {
    Error error(ErrorKind::unreachable, "no such host: " + origin.host);
    error.hint("check the name of the registry, and the resolver of this machine");
    throw error;
  }
  if (ec) throw Error(ErrorKind::transport, "look up " + origin.host + ": " + ec.message());
  std::vector<tcp::endpoint> endpoints;
  for (const auto& result : results) endpoints.push_back(result.endpoint());
  co_return endpoints;
}

async::awaitable<tcp::socket> connect_to(tcp::endpoint endpoint) {
  tcp::socket socket(co_await asio::this_coro::executor);
  auto [ec] = co_await socket.async_connect(endpoint, async::as_value);
  if (ec == asio::error::operation_aborted) async::throw_cancelled();
  if (ec) throw Error(ErrorKind::transport, "connect to " + endpoint.address().to_string() + ": " + ec.message());
  socket.set_option(tcp::no_delay(true));
  co_return socket;
}

}  // namespace

Dialer::Dialer(async::Executor executor, Patience patience, std::shared_ptr<Tls> tls)
    : executor_(executor), patience_(patience), addresses_(executor), tls_(std::move(tls)) {}

async::awaitable<Dialer::Addresses> Dialer::resolve(http::Origin origin) {
  auto claim = co_await addresses_.claim(origin);
  if (const Addresses* known = claim.done()) co_return *known;
  Addresses found = co_await async::with_timeout(patience_.connect, "looking up " + origin.host, look_up(origin));
  claim.finish(found);
  co_return found;
}

async::awaitable<tcp::socket> Dialer::connect(http::Origin origin) {
  const Addresses addresses = co_await resolve(origin);
  std::exception_ptr failure;
  for (const tcp::endpoint& address : addresses) {
    try {
      co_return co_await async::with_timeout(patience_.connect, "connecting", connect_to(address));
    } catch (const Error&) {
      failure = std::current_exception();
    }
  }
  addresses_.forget(origin);  // it may have moved
  if (failure) std::rethrow_exception(failure);
  throw Error(ErrorKind::transport, origin.host + " has no address");
}

async::awaitable<std::unique_ptr<Stream>> Dialer::dial(Target target) {
  tcp::socket socket = co_await connect(target.origin);
  if (!target.origin.tls) co_return tcp_stream(std::move(socket));
  auto handshake = tls_stream(std::move(socket), *tls_, std::move(target));
  co_return co_await async::with_timeout(patience_.connect, "TLS handshake", std::move(handshake));
}

}  // namespace acedt::net
