#pragma once

#include <asio/ip/tcp.hpp>

#include <chrono>
#include <memory>
#include <string>

#include "acedt/async/once_map.hpp"
#include "acedt/base/error.hpp"
#include "acedt/base/units.hpp"
#include "acedt/http/message.hpp"
#include "acedt/http/proxy.hpp"
#include "acedt/net/addresses.hpp"
#include "acedt/net/stream.hpp"
#include "acedt/net/target.hpp"
#include "acedt/net/tls.hpp"

namespace acedt::net {

/// Time limits for the network. Each stage of a connection has one, whatever the other side does.
struct Timeouts {
  std::chrono::seconds connect{30};         ///< for resolving a host, and for a TCP connection to each address
  std::chrono::milliseconds stall{30'000};  ///< for each 4 KiB of a body (Connection)
  /// For the response after the last byte of a body, in addition to 1 s for each 20 MB of the body: a registry may copy
  /// what it received before it answers.
  std::chrono::milliseconds commit{300'000};

  /// For one answer: a TLS handshake, the opening of a tunnel, sending a request and receiving the head of its
  /// response.
  std::chrono::milliseconds answer() const noexcept { return 2 * stall; }
  /// For a whole body that is held in memory, such as a manifest: by default 10 minutes, in which a line of 56 kbit/s
  /// carries the 4 MiB that every registry must accept (OCI distribution-spec v1.1, "Pushing Manifests").
  std::chrono::milliseconds document() const noexcept { return 20 * stall; }
  /// Returns the limit for the response to a body of that size, after its last byte was sent.
  std::chrono::milliseconds answer_to(Bytes body) const noexcept {
    constexpr std::uint64_t bytes_per_ms = 20'000;
    return commit + std::chrono::milliseconds(body.count / bytes_per_ms);
  }
};

/// The other side answered the start of a TLS handshake with something else, or closed the connection: most likely it
/// speaks plain HTTP.
class NotTls : public Error {
 public:
  NotTls(const std::string& what, bool loopback) : Error(ErrorKind::unreachable, what), loopback_(loopback) {}
  /// Whether the other side is on this machine.
  bool on_loopback() const noexcept { return loopback_; }

 private:
  bool loopback_;
};

/// Opens connections: TLS 1.2 and later with the name of the host (RFC 6066, RFC 6125), or plain TCP; directly, to the
/// address of the host that answers first (RFC 8305), or through a proxy. One thread.
class Dialer {
 public:
  Dialer(async::Executor executor, Timeouts timeouts, std::shared_ptr<Tls> tls, http::ProxyRules proxies = {});

  /// Opens a connection. Throws Error(transport) for what may pass; Error(unreachable) for a host that does not exist,
  /// a certificate that is not trusted and a proxy that refuses the host; Error(unauthorized) for a proxy that wants a
  /// login; Error(protocol) for a proxy or a TLS server with which there is no common protocol; NotTls; and the errors
  /// of Tls::context().
  async::awaitable<std::unique_ptr<Stream>> dial(Target target);

  /// The form of `request` for a connection to `target`: with the whole URL if a proxy forwards it.
  http::Request on_its_way(const Target& target, http::Request request) const;
  /// Throws Error(unauthorized) if `status` is 407 and comes from a proxy that forwards requests to `target`.
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
