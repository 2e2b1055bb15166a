// HTTP/1.1 for a server. The connection reads requests with http::RequestReader and writes bytes; where these come from
// is left to two streams of Asio's, a TCP socket and TLS over one, for which Over<Stream> has the three calls.

#include <asio/ssl/stream.hpp>

#include <algorithm>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <variant>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/net/server.hpp"

namespace acedt::net::server {
namespace {

using asio::ip::tcp;
using async::awaitable;
using TlsStream = asio::ssl::stream<tcp::socket>;

constexpr std::size_t max_write = 1 << 20;  // few system calls, and turns for the others on the thread

template <class Stream>
class Over : public Connection {
 public:
  template <class... Arguments>
  explicit Over(Arguments&&... arguments) : stream_(std::forward<Arguments>(arguments)...) {}

  Stream& stream() noexcept { return stream_; }

  bool resumed() noexcept override {
    if constexpr (std::is_same_v<Stream, TlsStream>) return SSL_session_reused(stream_.native_handle()) == 1;
    return false;
  }

 private:
  awaitable<Outcome> read_some(std::span<std::byte> into) override {
    const auto [ec, n] = co_await stream_.async_read_some(asio::buffer(into.data(), into.size()), async::as_value);
    co_return Outcome{ec, n};
  }
  awaitable<Outcome> write_some(Batch batch) override {
    const auto [ec, n] = co_await stream_.async_write_some(batch, async::as_value);
    co_return Outcome{ec, n};
  }
  tcp::socket& socket() noexcept override {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      return stream_.next_layer();
    } else {
      return stream_;
    }
  }

  Stream stream_;
};

/// So that a large push reserves no more memory before it sends.
constexpr std::uint64_t max_reserved = 64 << 20;

}  // namespace

asio::ssl::context tls_context(const std::string& certificate, const std::string& key) {
  try {
    asio::ssl::context tls(asio::ssl::context::tls_server);
    tls.set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
    tls.use_certificate_chain(asio::buffer(certificate));
    tls.use_private_key(asio::buffer(key), asio::ssl::context::pem);
    return tls;
  } catch (const std::system_error& error) {
    throw Error(ErrorKind::bad_input, "certificate: " + error.code().message());
  }
}

std::unique_ptr<Connection> plain(tcp::socket socket) {
  return std::make_unique<Over<tcp::socket>>(std::move(socket));
}

awaitable<std::unique_ptr<Connection>> secured(tcp::socket socket, asio::ssl::context& tls) {
  auto connection = std::make_unique<Over<TlsStream>>(std::move(socket), tls);
  const auto [ec] = co_await connection->stream().async_handshake(asio::ssl::stream_base::server, async::as_value);
  if (ec) co_return nullptr;
  co_return connection;
}

awaitable<Connection::Read> Connection::read(Request& request, Bytes max_body) {
  return read(request, [max_body](const http::RequestHead&) { return max_body; });
}

awaitable<Connection::Read> Connection::read(Request& request,
                                             std::function<Bytes(const http::RequestHead&)> max_body) {
  using namespace std::string_view_literals;
  request = {};
  std::uint64_t limit = 0;
  reader_.start();
  for (;;) {
    std::size_t used = 0;
    auto step = reader_.feed(unread_, used);
    unread_ = unread_.subspan(used);
    if (auto* head = std::get_if<http::RequestHead>(&step)) {
      request.head = std::move(*head);
      limit = max_body(request.head).count;
      const auto length = to_number(request.head.fields.get("Content-Length").value_or(""));
      request.body.reserve(static_cast<std::size_t>(std::min(length.value_or(0), max_reserved)));
      if (!request.head.fields.get("Expect") || !unread_.empty()) continue;
      std::vector<std::span<const std::byte>> go_on = {as_bytes("HTTP/1.1 100 Continue\r\n\r\n"sv)};
      co_await send(std::move(go_on));
    } else if (const auto* data = std::get_if<http::RequestReader::Data>(&step)) {
      const std::uint64_t room = limit - request.body.size();
      request.body.append(as_text(data->bytes).substr(0, room));
      if (data->bytes.size() > room) co_return Read::too_large;
    } else if (std::holds_alternative<http::RequestReader::Done>(step)) {
      request.keeps_alive = reader_.keeps_alive();
      co_return Read::whole;
    } else if (std::holds_alternative<http::RequestReader::Malformed>(step)) {
      co_return Read::malformed;
    } else {
      const Outcome received = co_await read_some(buffer_);
      if (received.ec) co_return Read::ended;
      unread_ = std::span(buffer_).first(received.bytes);
    }
  }
}

awaitable<std::uint64_t> Connection::send(std::vector<std::span<const std::byte>> pieces) {
  std::erase_if(pieces, [](const auto& piece) { return piece.empty(); });
  std::uint64_t sent = 0;
  for (std::size_t next = 0; next < pieces.size();) {
    // Two at once, so that a head and the beginning of its body leave in one packet.
    Batch batch;
    batch[0] = asio::buffer(pieces[next].data(), std::min(pieces[next].size(), max_write));
    if (next + 1 < pieces.size())
      batch[1] = asio::buffer(pieces[next + 1].data(), std::min(pieces[next + 1].size(), max_write - batch[0].size()));
    const Outcome written = co_await write_some(batch);
    if (written.ec) break;
    sent += written.bytes;
    for (std::size_t rest = written.bytes; rest > 0;) {
      const std::size_t taken = std::min(rest, pieces[next].size());
      pieces[next] = pieces[next].subspan(taken);
      rest -= taken;
      if (pieces[next].empty()) ++next;
    }
  }
  co_return sent;
}

awaitable<void> Connection::close() {
  std::error_code ignored;
  socket().shutdown(tcp::socket::shutdown_send, ignored);
  co_await wait_until_closed();
}

awaitable<void> Connection::wait_until_closed() {
  for (;;) {
    const auto [ec, n] = co_await socket().async_read_some(asio::buffer(buffer_), async::as_value);
    if (ec) co_return;
  }
}

void Connection::reset() noexcept {
  std::error_code ignored;
  socket().set_option(asio::socket_base::linger(true, 0), ignored);
  socket().close(ignored);
}

}  // namespace acedt::net::server
