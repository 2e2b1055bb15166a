#pragma once

#include <asio/ip/tcp.hpp>

#include <chrono>
#include <memory>
#include <string>

#include "acedt/async/once_map.hpp"
#include "acedt/base/error.hpp"
#include "acedt/http/proxy.hpp"
#include "acedt/http/request.hpp"
#include "acedt/net/addresses.hpp"
#include "acedt/net/stream.hpp"
#include "acedt/net/target.hpp"
#include "acedt/net/tls.hpp"

namespace acedt::net {

/// How long one waits for the network.
struct Patience {
  std::chrono::seconds connect{30};         ///< for an address, a TCP connection and a TLS handshake, each
  std::chrono::milliseconds stall{30'000};  ///< without progress in the middle of a body; an answer may take twice that
};

/// The other side answered a TLS greeting with something else, or hung up on it: it speaks plain HTTP, most likely.
class NotTls : public Error {
 public:
  NotTls(const std::string& what, bool loopback) : Error(ErrorKind::unreachable, what), loopback_(loopback) {}
  /// Whether it is on this machine.
  bool on_loopback() const noexcept { return loopback_; }

 private:
  bool loopback_;
};

/// Opens connections: TLS 1.2 and later with the name of the host (RFC 6066, RFC 6125), or plain TCP; directly, to the
/// address of the host that answers first (RFC 8305), or through a proxy. One thread.
class Dialer {
 public:
  Dialer(async::Executor executor, Patience patience, std::shared_ptr<Tls> tls, http::ProxyRules proxies = {});

  /// Throws Error(transport), which may pass; Error(unreachable) for a host that does not exist, a certificate that is
  /// not trusted or a proxy that does not let us through; Error(unauthorized) for a proxy that wants a login; NotTls.
  async::awaitable<std::unique_ptr<Stream>> dial(Target target);

  /// `request` as the way to `target` wants it: with the whole URL where a proxy forwards it.
  http::Request on_its_way(const Target& target, http::Request request) const;
  /// Throws where `status` is that of a proxy that wants a login, and not of the host.
  void check_proxy(const Target& target, int status) const;

 private:
  using Known = std::shared_ptr<Addresses>;

  async::awaitable<Known> resolve(http::Origin origin);
  async::awaitable<asio::ip::tcp::socket> connect(http::Origin origin);
  async::awaitable<std::unique_ptr<Stream>> secure(std::unique_ptr<Stream> stream, Target target, bool tunnelled);
  async::awaitable<std::unique_ptr<Stream>> dial_through(const http::Proxy& proxy, http::Origin origin);
  const http::Proxy* forwarding_proxy(const Target& target) const;

  async::Executor executor_;
  Patience patience_;
  async::OnceMap<http::Origin, Known> addresses_;
  std::shared_ptr<Tls> tls_;
  http::ProxyRules proxies_;
};

}  // namespace acedt::net
