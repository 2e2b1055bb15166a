#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <vector>

#include "acedt/net/stream.hpp"
#include "net/socket_bio.hpp"

namespace acedt::net {

/// What carries the records of a TLS connection: a socket, which OpenSSL uses itself, or a stream such as the
/// connection to a proxy that speaks TLS, between which and OpenSSL the bytes pass through memory.
class TlsCarrier {
 public:
  explicit TlsCarrier(std::unique_ptr<Stream> stream);

  /// Makes `connection` use it; must outlive it.
  void attach(SSL* connection);
  /// OpenSSL may receive a few times without waiting. Records without content, which it takes by itself, could keep it
  /// busy for as long as the other side likes, and with it all that runs on this thread.
  void begin_turn() noexcept { turn_.reads_left = max_reads; }
  /// Waits until the operation that ended with SSL_ERROR_WANT_READ or SSL_ERROR_WANT_WRITE can go on.
  async::awaitable<void> wait(int error);
  /// Sends what OpenSSL left in memory.
  async::awaitable<void> flush();
  void close() noexcept {
    turn_.socket = -1;  // another one may get its number
    stream_->close();
  }
  /// Of what comes below OpenSSL, which sees by itself what comes on a socket.
  bool quiet() noexcept { return socket_ != nullptr || stream_->quiet(); }
  /// The other end of the socket is on this machine.
  bool on_loopback() const;

 private:
  static constexpr unsigned max_reads = 16;  // of 64 KiB: more than a reader takes at once

  std::unique_ptr<Stream> stream_;
  asio::ip::tcp::socket* socket_;  // of stream_; null: through memory
  SocketTurn turn_;
  BIO* received_ = nullptr;  // these belong to the SSL
  BIO* to_send_ = nullptr;
  std::vector<std::byte> buffer_;
};

}  // namespace acedt::net
