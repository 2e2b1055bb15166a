#include "net/tunnel.hpp"

#include <array>
#include <utility>
#include <variant>

#include "acedt/base/text.hpp"
#include "acedt/http/message_reader.hpp"
#include "acedt/net/socks5.hpp"

namespace acedt::net {
namespace {

constexpr std::size_t read_at_once = 4 << 10;
constexpr const char* about_login =
    "set its user and password in HTTP_PROXY, HTTPS_PROXY or ALL_PROXY, as in http://USER:PASSWORD@HOST:PORT";
constexpr const char* about_rules =
    "ask who runs the proxy to let this host and port through, or name the host in NO_PROXY to go there without it";

Error hinted(ErrorKind kind, const std::string& what) {
  Error error(kind, what);
  if (kind == ErrorKind::unauthorized) error.hint(about_login);
  if (kind == ErrorKind::unreachable) error.hint(about_rules);
  return error;
}

async::awaitable<std::span<const std::byte>> receive(Stream& stream, std::span<std::byte> buffer) {
  const std::size_t received = co_await stream.read_some(buffer);
  if (received == 0) throw Error(ErrorKind::transport, "it closed the connection");
  co_return buffer.first(received);
}

/// Throws unless it is a success.
void check(int status, const http::Proxy& proxy, const http::Origin& origin) {
  if (status >= 200 && status < 300) return;
  if (status == 407) throw proxy_wants_login(proxy);
  const ErrorKind kind = status >= 500 ? ErrorKind::transport : ErrorKind::unreachable;
  throw hinted(kind, "no connection to " + origin.authority() + ": " + std::to_string(status));
}

async::awaitable<void> connect_by_http(Stream& stream, const http::Proxy& proxy, http::Origin origin) {
  const std::string message = http::connect_message(origin, proxy);
  co_await stream.write_all(as_bytes(message));
  std::array<std::byte, read_at_once> buffer;
  http::ResponseReader reader;
  reader.start(true);  // a tunnel has no body, and that of a refusal is of no use
  for (;;) {
    const std::span<const std::byte> input = co_await receive(stream, buffer);
    std::size_t used = 0;
    const http::ResponseReader::Step step = reader.feed(input, used);
    if (const auto* bad = std::get_if<http::ResponseReader::Malformed>(&step))
      throw Error(bad->cut ? ErrorKind::transport : ErrorKind::protocol, bad->why);
    if (const auto* head = std::get_if<http::ResponseHead>(&step)) {
      check(head->status, proxy, origin);
      if (used < input.size()) throw Error(ErrorKind::protocol, "it sends more than an answer to CONNECT");
      co_return;
    }
  }
}

async::awaitable<void> connect_by_socks5(Stream& stream, const http::Proxy& proxy, http::Origin origin) {
  Socks5 socks(proxy, origin);
  std::string message = socks.greeting();
  std::array<std::byte, read_at_once> buffer;
  for (;;) {
    co_await stream.write_all(as_bytes(message));
    Socks5::Step step = Socks5::NeedMore{};
    while (std::holds_alternative<Socks5::NeedMore>(step)) {
      const std::span<const std::byte> input = co_await receive(stream, buffer);
      step = socks.feed(input);
    }
    if (const auto* failed = std::get_if<Socks5::Failed>(&step))
      throw hinted(failed->kind, "no connection to " + origin.authority() + ": " + failed->why);
    if (std::holds_alternative<Socks5::Done>(step)) co_return;
    message = std::get<Socks5::Send>(step).bytes;
  }
}

}  // namespace

async::awaitable<std::unique_ptr<Stream>> tunnel(std::unique_ptr<Stream> stream, const http::Proxy& proxy,
                                                 http::Origin origin) {
  if (proxy.kind == http::Proxy::Kind::http) {
    co_await connect_by_http(*stream, proxy, std::move(origin));
  } else {
    co_await connect_by_socks5(*stream, proxy, std::move(origin));
  }
  co_return stream;
}

Error proxy_wants_login(const http::Proxy& proxy) {
  const bool has_login = !proxy.user.empty() || !proxy.password.empty();
  return hinted(ErrorKind::unauthorized,
                has_login ? "it does not accept its user and password (407)" : "it wants a user and a password (407)");
}

}  // namespace acedt::net
