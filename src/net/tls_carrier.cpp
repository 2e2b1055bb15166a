#include "net/tls_carrier.hpp"

#include <asio/ip/tcp.hpp>

#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/http/url.hpp"

namespace acedt::net {
namespace {

using asio::ip::tcp;

constexpr std::size_t read_at_once = 64 << 10;

}  // namespace

TlsCarrier::TlsCarrier(std::unique_ptr<Stream> stream) : stream_(std::move(stream)), socket_(stream_->socket()) {
  if (socket_ == nullptr) {
    buffer_.resize(read_at_once);
    return;
  }
  turn_.socket = socket_->native_handle();
  socket_->native_non_blocking(true);
}

void TlsCarrier::attach(SSL* connection) {
  received_ = socket_ == nullptr ? BIO_new(BIO_s_mem()) : socket_bio(&turn_);
  to_send_ = socket_ == nullptr ? BIO_new(BIO_s_mem()) : received_;
  SSL_set_bio(connection, received_, to_send_);  // owns them
}

async::awaitable<void> TlsCarrier::wait(int error) {
  begin_turn();
  if (socket_ != nullptr) {
    const auto what = error == SSL_ERROR_WANT_READ ? tcp::socket::wait_read : tcp::socket::wait_write;
    auto [ec] = co_await socket_->async_wait(what, async::as_value);
    if (ec == asio::error::operation_aborted) async::throw_cancelled();
    if (ec) throw Error(ErrorKind::transport, ec.message());
    co_return;
  }
  co_await flush();
  if (error != SSL_ERROR_WANT_READ) co_return;
  const std::size_t received = co_await stream_->read_some(buffer_);
  if (received == 0) BIO_ctrl(received_, BIO_C_SET_BUF_MEM_EOF_RETURN, 0, nullptr);  // an empty BIO is the end
  BIO_write(received_, buffer_.data(), static_cast<int>(received));
}

async::awaitable<void> TlsCarrier::flush() {
  if (socket_ != nullptr) co_return;
  while (const std::size_t waiting = BIO_ctrl_pending(to_send_)) {
    std::vector<std::byte> records(waiting);
    BIO_read(to_send_, records.data(), static_cast<int>(records.size()));
    co_await stream_->write_all(records);
  }
}

bool TlsCarrier::on_loopback() const {
  if (socket_ == nullptr) return false;
  std::error_code no_peer;
  const tcp::endpoint peer = socket_->remote_endpoint(no_peer);
  return !no_peer && http::is_loopback(peer.address().to_string());
}

}  // namespace acedt::net
