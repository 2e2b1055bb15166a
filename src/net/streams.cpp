#include "net/streams.hpp"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <asio/buffer.hpp>
#include <asio/ssl/error.hpp>
#include <asio/ssl/host_name_verification.hpp>
#include <asio/ssl/stream.hpp>
#include <asio/write.hpp>

#include <array>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/net/dialer.hpp"

namespace acedt::net {
namespace {

using asio::ip::tcp;
using TlsSocket = asio::ssl::stream<tcp::socket>;

bool is_end(const std::error_code& ec) {
  return ec == asio::error::eof || ec == asio::ssl::error::stream_truncated;
}

[[noreturn]] void throw_transport(const std::error_code& ec) {
  if (ec == asio::error::operation_aborted) async::throw_cancelled();
  throw Error(ErrorKind::transport, ec.message());
}

/// What TCP and TLS have in common: `Socket` reads and writes, `lowest` is the socket to close.
template <class Socket>
class SocketStream : public Stream {
 public:
  explicit SocketStream(Socket socket) : socket_(std::move(socket)) {}

  async::awaitable<std::size_t> read_some(std::span<std::byte> buffer) override {
    const asio::mutable_buffer into(buffer.data(), buffer.size());
    auto [ec, n] = co_await socket_.async_read_some(into, async::as_value);
    if (is_end(ec)) co_return 0;
    if (ec) throw_transport(ec);
    co_return n;
  }

  async::awaitable<void> write_all(std::span<const std::byte> bytes) override {
    const asio::const_buffer from(bytes.data(), bytes.size());
    auto [ec, n] = co_await asio::async_write(socket_, from, async::as_value);
    if (ec) throw_transport(ec);
  }

  void close() noexcept override {
    std::error_code ignored;  // the stream is given up
    socket_.lowest_layer().close(ignored);
  }

 private:
  Socket socket_;
};

bool is_literal_address(const std::string& host) {
  std::error_code ec;
  asio::ip::make_address(host, ec);
  return !ec;
}

/// Says in the greeting which host is meant (RFC 6066 section 3). OpenSSL's own macro for it has an old-style cast.
void name_server(TlsSocket& socket, std::string& host) {
  SSL_ctrl(socket.native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host.data());
}

/// The handshake failed because the other side does not speak TLS at all.
bool shows_no_tls(const std::error_code& ec) {
  if (is_end(ec)) return true;
  if (ec.category() != asio::error::get_ssl_category()) return false;
  const int reason = ERR_GET_REASON(static_cast<unsigned long>(ec.value()));
  return reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST;
}

[[noreturn]] void throw_handshake(const std::error_code& ec, TlsSocket& socket) {
  if (ec == asio::error::operation_aborted) async::throw_cancelled();
  const long verdict = SSL_get_verify_result(socket.native_handle());
  if (verdict != X509_V_OK) {
    Error error(ErrorKind::bad_input,
                std::string("certificate not trusted: ") + X509_verify_cert_error_string(verdict));
    error.hint(
        "add its authority to the system's certificates or name it in SSL_CERT_FILE; to go without verification, "
        "set insecureSkipVerify for this endpoint in the configuration file");
    throw error;
  }
  if (shows_no_tls(ec)) {
    std::error_code no_peer;
    const tcp::endpoint peer = socket.lowest_layer().remote_endpoint(no_peer);
    NotTls error("it does not speak TLS", !no_peer && peer.address().is_loopback());
    error.hint(
        "if it is meant to be plain HTTP, give it an endpoint that begins with http:// in the configuration file");
    throw error;
  }
  throw Error(ErrorKind::transport, "TLS handshake: " + ec.message());
}

}  // namespace

std::unique_ptr<Stream> tcp_stream(tcp::socket socket) {
  return std::make_unique<SocketStream<tcp::socket>>(std::move(socket));
}

std::unique_ptr<asio::ssl::context> make_tls_context(bool verify) {
  auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  if (verify) context->set_default_verify_paths();
  return context;
}

async::awaitable<std::unique_ptr<Stream>> tls_stream(tcp::socket socket, asio::ssl::context& context, std::string host,
                                                     bool verify) {
  TlsSocket tls(std::move(socket), context);
  if (!is_literal_address(host)) name_server(tls, host);
  static constexpr std::array<unsigned char, 9> http_1_1 = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  SSL_set_alpn_protos(tls.native_handle(), http_1_1.data(), http_1_1.size());
  tls.set_verify_mode(verify ? asio::ssl::verify_peer : asio::ssl::verify_none);
  if (verify) tls.set_verify_callback(asio::ssl::host_name_verification(host));
  auto [ec] = co_await tls.async_handshake(asio::ssl::stream_base::client, async::as_value);
  if (ec) throw_handshake(ec, tls);
  co_return std::make_unique<SocketStream<TlsSocket>>(std::move(tls));
}

}  // namespace acedt::net
