#pragma once

#include <asio/buffer.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ssl/context.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "acedt/async/asio.hpp"
#include "acedt/base/units.hpp"
#include "acedt/http/message.hpp"
#include "acedt/http/message_reader.hpp"

/// The server's side of the network: who listens, and HTTP/1.1 on a connection that was accepted.
namespace acedt::net::server {

/// Listens on addresses and runs a handler for each connection, on threads of its own. Call the members from the thread
/// that made it.
class Listener {
 public:
  /// Serves one connection, on the thread of its socket. Cancelled when the listener is destroyed. An exception ends
  /// this connection only.
  using Handler = std::function<async::awaitable<void>(asio::ip::tcp::socket)>;

  /// `threads`: at least 1; connections are spread over them in turns. Throws Error(internal) if a thread cannot be
  /// started.
  explicit Listener(std::size_t threads);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  /// Cancels all handlers and waits for them.
  ~Listener();

  /// Accepts connections at `address`, an IP address, from now on; port 0 takes a free one. Returns the port. Throws
  /// Error(bad_input) if that is not possible.
  std::uint16_t listen(const std::string& address, std::uint16_t port, Handler handler);

 private:
  struct Worker;
  struct Socket;

  async::awaitable<void> accept_all(Socket& socket);
  async::awaitable<void> accept_next(Socket& socket, Worker& worker);
  void stop() noexcept;

  std::vector<std::unique_ptr<Worker>> workers_;  // the first one accepts
  std::vector<std::unique_ptr<Socket>> sockets_;
};

/// The TLS settings of a server (TLS 1.2 and later). `certificate` is its chain, `key` its private key, both in PEM.
/// Throws Error(bad_input).
asio::ssl::context tls_context(const std::string& certificate, const std::string& key);

/// A request with its body.
struct Request {
  http::RequestHead head = {};
  std::string body = {};
  bool keeps_alive = false;  ///< the client expects to send another request on this connection
};

/// HTTP/1.1 on a connection that was accepted (RFC 9112): requests in, bytes of responses out. How a response is framed
/// is the caller's business, so that a server for tests can also send what is wrong. Thread: the one of its socket.
class Connection {
 public:
  /// How read() ended.
  enum class Read {
    whole,      ///< a request was read
    ended,      ///< the client closed the connection, or it broke
    malformed,  ///< not HTTP/1.1; nothing more can be read
    too_large,  ///< the body exceeds the limit, and was read up to it; nothing more can be read
  };

  virtual ~Connection() = default;

  /// Waits for the next request and reads it with its body, of at most `max_body` bytes. Sends "100 Continue" to a
  /// client that expects it before it sends a body (RFC 9110 section 10.1.1).
  async::awaitable<Read> read(Request& request, Bytes max_body);
  /// The same with a limit that depends on the head.
  async::awaitable<Read> read(Request& request, std::function<Bytes(const http::RequestHead&)> max_body);
  /// Sends `pieces`, one after the other. Returns how many bytes were written: fewer than there are if the client is
  /// gone, which the next read() reports.
  async::awaitable<std::uint64_t> send(std::vector<std::span<const std::byte>> pieces);

  /// Ends the connection after the last response: says so, and reads on until the client closes too. To close a socket
  /// with unread input would reset the connection and might take the response along.
  async::awaitable<void> close();
  /// Sends nothing more, and leaves it to the client to close the connection.
  async::awaitable<void> wait_until_closed();
  /// Ends the connection with a TCP reset.
  void reset() noexcept;
  /// Whether the TLS handshake resumed a session (RFC 8446 section 2.2); false without TLS.
  virtual bool resumed() noexcept = 0;

 protected:
  struct Outcome {
    std::error_code ec;
    std::size_t bytes = 0;
  };
  using Batch = std::array<asio::const_buffer, 2>;

 private:
  static constexpr std::size_t read_size = 64 << 10;

  virtual async::awaitable<Outcome> read_some(std::span<std::byte> into) = 0;
  virtual async::awaitable<Outcome> write_some(Batch batch) = 0;
  virtual asio::ip::tcp::socket& socket() noexcept = 0;

  http::RequestReader reader_;
  std::vector<std::byte> buffer_ = std::vector<std::byte>(read_size);
  std::span<const std::byte> unread_;  // in buffer_
};

/// A connection without TLS.
std::unique_ptr<Connection> plain(asio::ip::tcp::socket socket);
/// A connection with TLS, after its handshake; null if that fails. `tls` must outlive the connection.
async::awaitable<std::unique_ptr<Connection>> secured(asio::ip::tcp::socket socket, asio::ssl::context& tls);

}  // namespace acedt::net::server
