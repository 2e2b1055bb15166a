#pragma once

#include <asio/ip/tcp.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "acedt/async/once_map.hpp"
#include "acedt/base/error.hpp"
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

/// Opens connections: TLS 1.2 and later with the name of the host (RFC 6066, RFC 6125), or plain TCP. One thread.
class Dialer {
 public:
  Dialer(async::Executor executor, Patience patience, std::shared_ptr<Tls> tls);

  /// Throws Error(transport), which may pass; Error(bad_input) for a host that does not exist or a certificate that is
  /// not trusted; NotTls.
  async::awaitable<std::unique_ptr<Stream>> dial(Target target);

 private:
  using Addresses = std::vector<asio::ip::tcp::endpoint>;

  async::awaitable<Addresses> resolve(http::Origin origin);
  async::awaitable<asio::ip::tcp::socket> connect(http::Origin origin);

  async::Executor executor_;
  Patience patience_;
  async::OnceMap<http::Origin, Addresses> addresses_;
  std::shared_ptr<Tls> tls_;
};

}  // namespace acedt::net
