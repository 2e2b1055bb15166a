#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <vector>

#include "acedt/net/stream.hpp"

namespace acedt::net {

/// What carries the records of a TLS connection: a socket, which OpenSSL uses itself, or a stream such as the
/// connection to a proxy that speaks TLS, between which and OpenSSL the bytes pass through memory.
class TlsCarrier {
 public:
  explicit TlsCarrier(std::unique_ptr<Stream> stream);

  /// Makes `connection` use it; must outlive it.
  void attach(SSL* connection);
  /// Waits until the operation that ended with SSL_ERROR_WANT_READ or SSL_ERROR_WANT_WRITE can go on.
  async::awaitable<void> wait(int error);
  /// Sends what OpenSSL left in memory.
  async::awaitable<void> flush();
  void close() noexcept { stream_->close(); }
  /// The other end of the socket is on this machine.
  bool on_loopback() const;

 private:
  std::unique_ptr<Stream> stream_;
  asio::ip::tcp::socket* socket_;  // of stream_; null: through memory
  int number_ = -1;                // of the socket
  BIO* received_ = nullptr;        // these belong to the SSL
  BIO* to_send_ = nullptr;
  std::vector<std::byte> buffer_;
};

}  // namespace acedt::net
