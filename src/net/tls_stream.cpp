#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <asio/ip/address.hpp>

#include <array>
#include <cerrno>
#include <new>
#include <system_error>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/net/dialer.hpp"
#include "net/certificate_error.hpp"
#include "net/streams.hpp"
#include "net/tls_carrier.hpp"

namespace acedt::net {
namespace {

struct Free {
  void operator()(SSL* connection) const { SSL_free(connection); }
};

bool is_literal_address(const std::string& host) {
  std::error_code ec;
  asio::ip::make_address(host, ec);
  return !ec;
}

/// OpenSSL on the socket itself: it receives as much at once as there is room for, many records of 16 KiB, and decrypts
/// them into the buffer of the reader.
class TlsStream : public Stream {
 public:
  TlsStream(std::unique_ptr<Stream> carrier, Tls& tls, const Target& target, bool tunnelled)
      : carrier_(std::move(carrier)),
        tunnelled_(tunnelled),
        target_(target),
        connection_(SSL_new(tls.context(target))) {
    carrier_.attach(connection_.get());
    name_server(target.origin.host);
    if (target.verify) SSL_set_verify(connection_.get(), SSL_VERIFY_PEER, nullptr);
    tls.resume(connection_.get(), target);
  }

  async::awaitable<void> shake_hands() {
    carrier_.begin_turn();
    for (;;) {
      const int result = (ERR_clear_error(), SSL_connect(connection_.get()));
      if (result == 1) break;
      const int error = SSL_get_error(connection_.get(), result);
      if (!wants_more(error)) throw_handshake(error);
      co_await carrier_.wait(error);
    }
    co_await carrier_.flush();
  }

  async::awaitable<std::size_t> read_some(std::span<std::byte> buffer) override {
    carrier_.begin_turn();
    for (;;) {
      const auto [filled, error] = read_what_is_there(buffer);
      if (filled > 0) co_return filled;
      if (is_end(error)) co_return 0;
      if (!wants_more(error)) throw_broken(error);
      co_await carrier_.wait(error);
    }
  }

  /// Writes one record of at most 16 KiB.
  async::awaitable<std::size_t> write_some(std::span<const std::byte> bytes) override {
    std::size_t written = 0;
    for (;;) {
      const int result = (ERR_clear_error(), SSL_write_ex(connection_.get(), bytes.data(), bytes.size(), &written));
      if (result == 1) break;
      const int error = SSL_get_error(connection_.get(), result);
      if (!wants_more(error)) throw_hung_up(error);
      co_await carrier_.wait(error);
    }
    co_await carrier_.flush();
    co_return written;
  }

  void close() noexcept override { carrier_.close(); }

  /// What is no content, such as a session to resume (RFC 8446 section 4.6.1), is taken here.
  bool quiet() noexcept override {
    char next = 0;
    std::size_t n = 0;
    carrier_.begin_turn();
    const int result = (ERR_clear_error(), SSL_peek_ex(connection_.get(), &next, 1, &n));
    return result != 1 && SSL_get_error(connection_.get(), result) == SSL_ERROR_WANT_READ && carrier_.quiet();
  }

 private:
  /// Whom it is for: in the greeting (RFC 6066 section 3), and in the certificate (RFC 6125).
  void name_server(const std::string& host) {
    SSL* const connection = connection_.get();
    if (is_literal_address(host)) {
      X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(connection), host.c_str());
      return;
    }
    std::string name = host;  // OpenSSL's macro for it has an old-style cast
    SSL_ctrl(connection, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
    SSL_set1_host(connection, host.c_str());
  }

  struct Read {
    std::size_t filled;
    int error;  // why not more, as SSL_get_error says
  };
  Read read_what_is_there(std::span<std::byte> buffer) {
    for (std::size_t filled = 0;;) {
      std::size_t n = 0;
      ERR_clear_error();
      errno = 0;
      const int result = SSL_read_ex(connection_.get(), buffer.data() + filled, buffer.size() - filled, &n);
      if (result != 1) return {filled, SSL_get_error(connection_.get(), result)};
      filled += n;
      if (filled == buffer.size()) return {filled, SSL_ERROR_NONE};
    }
  }

  static bool wants_more(int error) { return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE; }

  /// Also where the other side ended the connection without a word: HTTP knows by itself whether that was too early.
  static bool is_end(int error) {
    if (error == SSL_ERROR_ZERO_RETURN) return true;
    if (error == SSL_ERROR_SYSCALL) return errno == 0;
    return error == SSL_ERROR_SSL && ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
  }

  static std::string why(int error) {
    if (error == SSL_ERROR_SYSCALL) return std::generic_category().message(errno);
    if (ERR_GET_REASON(ERR_peek_error()) == ERR_R_MALLOC_FAILURE) throw std::bad_alloc();
    switch (ERR_GET_REASON(ERR_peek_error())) {
      case SSL_R_UNSUPPORTED_PROTOCOL:
      case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION: return "the server wants another version of TLS than 1.2 or 1.3";
      case SSL_R_TLSV1_ALERT_INSUFFICIENT_SECURITY:
      case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE: return "the server has no cipher in common with this program";
      case SSL_R_TLSV1_UNRECOGNIZED_NAME: return "the server does not know this host name";
      case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED: return "it wants one, and none was sent";
      case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED: return "it has expired";
      case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED: return "it is revoked";
      case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE: return "it is of an unsupported kind";
      case SSL_R_TLSV1_ALERT_UNKNOWN_CA: return "its authority is unknown there";
      case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
      case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
      case SSL_R_TLSV1_ALERT_ACCESS_DENIED: return "it is not accepted there";
      default: return "the connection broke in TLS";
    }
  }

  /// The handshake failed because the other side does not speak TLS at all.
  static bool shows_no_tls(int error) {
    if (is_end(error)) return true;
    const int reason = ERR_GET_REASON(ERR_peek_error());
    return error == SSL_ERROR_SSL && (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST);
  }

  [[noreturn]] void throw_handshake(int error) const {
    const long verdict = SSL_get_verify_result(connection_.get());
    if (target_.verify && verdict != X509_V_OK)
      throw certificate_error(target_, verdict, SSL_get0_verified_chain(connection_.get()));
    if (shows_no_tls(error)) {
      NotTls problem(target_.origin.authority() + " does not speak TLS", !tunnelled_ && carrier_.on_loopback());
      problem.hint(
          "if it is meant to be plain HTTP, give it an endpoint that begins with http:// in the configuration file");
      throw problem;
    }
    if (is_refusal(error)) throw_broken(error);
    const bool ends_the_same = is_disagreement(error);
    Error failure(ends_the_same ? ErrorKind::protocol : ErrorKind::transport, "no TLS connection: " + why(error));
    if (ends_the_same)
      failure.hint("ask who runs the server to turn on TLS 1.2 or 1.3 with usual ciphers for this name");
    throw failure;
  }

  /// The two sides have no version, cipher or name in common: another attempt would end the same way.
  static bool is_disagreement(int error) {
    if (error != SSL_ERROR_SSL) return false;
    switch (ERR_GET_REASON(ERR_peek_error())) {
      case SSL_R_UNSUPPORTED_PROTOCOL:
      case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
      case SSL_R_TLSV1_ALERT_INSUFFICIENT_SECURITY:
      case SSL_R_TLSV1_UNRECOGNIZED_NAME:
      case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE: return true;
      default: return false;
    }
  }

  /// Alerts about our certificate, or its absence. TLS 1.3 has them behind the handshake (RFC 8446 section 4.4.2.4).
  static bool is_refusal(int error) {
    if (error != SSL_ERROR_SSL) return false;
    switch (ERR_GET_REASON(ERR_peek_error())) {
      case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
      case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
      case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
      case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
      case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
      case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
      case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
      case SSL_R_TLSV1_ALERT_ACCESS_DENIED: return true;
      default: return false;
    }
  }

  [[noreturn]] void throw_broken(int error) const {
    if (!is_refusal(error)) throw Error(ErrorKind::transport, why(error));
    throw refused_by_server(target_, why(error), SSL_get_certificate(connection_.get()) != nullptr);
  }

  /// The other side does not take what is written. The reason may be readable. So may a response, which is left to its
  /// reader.
  [[noreturn]] void throw_hung_up(int error) {
    if (is_refusal(error)) throw_broken(error);
    const std::string what = why(error);
    char next = 0;
    std::size_t n = 0;
    ERR_clear_error();
    errno = 0;
    const int said = SSL_get_error(connection_.get(), SSL_peek_ex(connection_.get(), &next, 1, &n));
    if (is_refusal(said)) throw_broken(said);
    throw Error(ErrorKind::transport, what);
  }

  TlsCarrier carrier_;
  bool tunnelled_;
  Target target_;
  std::unique_ptr<SSL, Free> connection_;
};

}  // namespace

async::awaitable<std::unique_ptr<Stream>> tls_stream(std::unique_ptr<Stream> carrier, Tls& tls, Target target,
                                                     bool tunnelled) {
  auto stream = std::make_unique<TlsStream>(std::move(carrier), tls, target, tunnelled);
  co_await stream->shake_hands();
  co_return stream;
}

}  // namespace acedt::net
