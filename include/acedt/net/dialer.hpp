#pragma once

#include <asio/ip/tcp.hpp>
#include <asio/ssl/context.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "acedt/async/once_map.hpp"
#include "acedt/base/error.hpp"
#include "acedt/http/url.hpp"
#include "acedt/net/stream.hpp"

namespace acedt::net {

/// How long one waits for the network.
struct Patience {
  std::chrono::seconds connect{30};  ///< for an address, a TCP connection and a TLS handshake, each
  std::chrono::seconds silence{60};  ///< without a byte, in the middle of an exchange
};

/// The other side answered a TLS greeting with something else, or hung up on it: it speaks plain HTTP, most likely.
class NotTls : public Error {
 public:
  NotTls(const std::string& what, bool loopback) : Error(ErrorKind::bad_input, what), loopback_(loopback) {}
  /// Whether it is on this machine.
  bool on_loopback() const noexcept { return loopback_; }

 private:
  bool loopback_;
};

/// Where to connect to, and how sure to be of who answers.
struct Target {
  http::Origin origin;
  bool verify = true;  ///< the certificate, against the system's store (SSL_CERT_FILE and SSL_CERT_DIR count)

  auto operator<=>(const Target&) const = default;
};

/// Opens connections: TLS 1.2 and later with the name of the host (RFC 6066, RFC 6125), or plain TCP. One thread.
class Dialer {
 public:
  Dialer(async::Executor executor, Patience patience);
  ~Dialer();

  /// Throws Error(transport), which may pass; Error(bad_input) for a host that does not exist or a certificate that is
  /// not trusted; NotTls.
  async::awaitable<std::unique_ptr<Stream>> dial(Target target);

 private:
  using Addresses = std::vector<asio::ip::tcp::endpoint>;

  async::awaitable<Addresses> resolve(http::Origin origin);
  async::awaitable<asio::ip::tcp::socket> connect(http::Origin origin);
  asio::ssl::context& tls_context(bool verify);

  async::Executor executor_;
  Patience patience_;
  async::OnceMap<http::Origin, Addresses> addresses_;
  std::map<bool, std::unique_ptr<asio::ssl::context>> contexts_;  // verifying or not; made when first needed
};

}  // namespace acedt::net
