#include <sys/socket.h>
#include <asio/buffer.hpp>

#include <cerrno>
#include <utility>

#include "acedt/base/error.hpp"
#include "net/streams.hpp"

namespace acedt::net {
namespace {

using asio::ip::tcp;

[[noreturn]] void throw_transport(const std::error_code& ec) {
  if (ec == asio::error::operation_aborted) async::throw_cancelled();
  throw Error(ErrorKind::transport, ec.message());
}

class TcpStream : public Stream {
 public:
  explicit TcpStream(tcp::socket socket) : socket_(std::move(socket)) {}

  async::awaitable<std::size_t> read_some(std::span<std::byte> buffer) override {
    const asio::mutable_buffer into(buffer.data(), buffer.size());
    auto [ec, n] = co_await socket_.async_read_some(into, async::as_value);
    if (ec == asio::error::eof) co_return 0;
    if (ec) throw_transport(ec);
    co_return n;
  }

  async::awaitable<std::size_t> write_some(std::span<const std::byte> bytes) override {
    const asio::const_buffer from(bytes.data(), bytes.size());
    auto [ec, n] = co_await socket_.async_write_some(from, async::as_value);
    if (ec) throw_transport(ec);
    co_return n;
  }

  void close() noexcept override {
    std::error_code ignored;  // the stream is given up
    socket_.close(ignored);
  }

  bool quiet() noexcept override {
    char next = 0;
    return ::recv(socket_.native_handle(), &next, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
  }

  tcp::socket* socket() noexcept override { return &socket_; }

 private:
  tcp::socket socket_;
};

}  // namespace

std::unique_ptr<Stream> tcp_stream(tcp::socket socket) {
  return std::make_unique<TcpStream>(std::move(socket));
}

}  // namespace acedt::net
