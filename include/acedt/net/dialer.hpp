#pragma once

#include <asio/ip/tcp.hpp>

#include <chrono>
#include <memory>
#include <string>

#include "acedt/async/once_map.hpp"
#include "acedt/base/error.hpp"
#include "acedt/http/message.hpp"
#include "acedt/http/proxy.hpp"
#include "acedt/net/addresses.hpp"
#include "acedt/net/stream.hpp"
#include "acedt/net/target.hpp"
#include "acedt/net/tls.hpp"

namespace acedt::net {

/// How long to wait for the network. Each stage of a connection has a limit, whatever the other side does.
struct Timeouts {
  std::chrono::seconds connect{30};         ///< for the address of a host, and for a TCP connection to each address
  std::chrono::milliseconds stall{30'000};  ///< for each 4 KiB of a body (Connection)

  /// For one answer: a TLS handshake, the opening of a tunnel, sending a request and receiving the head of its
  /// response.
  std::chrono::milliseconds answer() const noexcept { return 2 * stall; }
  /// For the whole of a body that is held in memory, such as a manifest: by default 10 minutes, in which a line of 56
  /// kbit/s brings the 4 MiB that every registry must take (OCI distribution-spec v1.1, "Pushing Manifests").
  std::chrono::milliseconds document() const noexcept { return 20 * stall; }
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
  Dialer(async::Executor executor, Timeouts timeouts, std::shared_ptr<Tls> tls, http::ProxyRules proxies = {});

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
  Timeouts timeouts_;
  async::OnceMap<http::Origin, Known> addresses_;
  std::shared_ptr<Tls> tls_;
  http::ProxyRules proxies_;
};

}  // namespace acedt::net
