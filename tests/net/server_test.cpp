#include "acedt/net/server.hpp"

#include <doctest/doctest.h>
#include <asio/post.hpp>
#include <asio/ssl/stream.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "acedt/async/task_group.hpp"
#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "support/http_client.hpp"
#include "tools/registry/certificate.hpp"

using namespace acedt;
using acedt::async::awaitable;
using asio::ip::tcp;
using net::server::Connection;
using net::server::Listener;
using testing::Certificate;
using testing::Client;
using testing::End;
using namespace std::literals;

namespace {

constexpr auto max_body = 10_B;
constexpr auto short_wait = 20ms;  // expected to pass

using Pieces = std::vector<std::span<const std::byte>>;

awaitable<std::uint64_t> send_text(Connection& connection, std::string_view head, std::string_view body) {
  Pieces pieces = {as_bytes(head), as_bytes(body)};
  co_return co_await connection.send(std::move(pieces));
}

/// Answers each request with its method, target and body.
awaitable<void> echo(Connection& connection) {
  for (;;) {
    net::server::Request request;
    const Connection::Read read = co_await connection.read(request, max_body);
    if (read == Connection::Read::ended) co_return;
    http::ResponseHead head{read == Connection::Read::whole ? 200 : read == Connection::Read::malformed ? 400 : 413};
    const std::string body = request.head.method + ' ' + request.head.target + ' ' + request.body;
    head.fields.add("Content-Length", std::to_string(body.size()));
    const bool goes_on = read == Connection::Read::whole && request.keeps_alive;
    if (!goes_on) head.fields.add("Connection", "close");
    const std::string bytes = head.serialize();
    co_await send_text(connection, bytes, body);
    if (goes_on) continue;
    co_await connection.close();
    co_return;
  }
}

awaitable<void> echo_plain(tcp::socket socket) {
  const auto connection = net::server::plain(std::move(socket));
  co_await echo(*connection);
}

/// A listener on a free port of loopback.
struct Serving {
  explicit Serving(Listener::Handler handler, std::size_t threads = 1) : listener(threads) {
    port = listener.listen("127.0.0.1", 0, std::move(handler));
  }
  std::uint16_t port = 0;
  Listener listener;
};

const std::string post = "POST /a?b HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello";

}  // namespace

TEST_CASE("a request is read with its body, however its bytes arrive") {
  const Serving serving(echo_plain);
  for (std::size_t cut = 1; cut < post.size(); ++cut) {
    Client client(serving.port);
    client.write(post.substr(0, cut));
    CHECK(client.send(post.substr(cut)).body == "POST /a?b hello");
  }
}

TEST_CASE("requests that arrive together are read one after the other") {
  const Serving serving(echo_plain);
  Client client(serving.port);
  CHECK(client.send(post + "GET / HTTP/1.1\r\nHost: h\r\n\r\n").body == "POST /a?b hello");
  CHECK(client.receive().body == "GET / ");
}

TEST_CASE("a client that expects 100 Continue is told to go on before it sends its body") {
  const Serving serving(echo_plain);
  Client client(serving.port);
  client.write("PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  CHECK(client.receive_line() == "HTTP/1.1 100 Continue");
  CHECK(client.receive_line().empty());
  CHECK(client.send("ab").body == "PUT / ab");
}

TEST_CASE("what is no request, and a body above the limit, are reported, and the response arrives all the same") {
  const Serving serving(echo_plain);
  Client client(serving.port);
  for (const auto& [bytes, status] :
       {std::pair("nonsense\r\n\r\n"s, 400), std::pair("PUT / HTTP/1.1\r\nContent-Length: x\r\n\r\n"s, 400),
        std::pair("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n01234567890"s, 413)}) {
    client.connect();
    CHECK(client.send(bytes + std::string(100'000, 'x')).status == status);  // the rest is never read
    CHECK(client.receive().end == End::closed);
  }
}

TEST_CASE("a request says whether its connection goes on") {
  const Serving serving(echo_plain);
  Client client(serving.port);
  CHECK(client.get("/").field("Connection").empty());
  CHECK(client.get("/", "Connection: close\r\n").field("Connection") == "close");
  CHECK(client.receive().end == End::closed);
}

TEST_CASE("what was sent is counted until the client is gone") {
  const std::string large(64 << 20, 'x');
  std::promise<std::uint64_t> sent;
  std::uint64_t expected = 0;
  auto handler = [&](tcp::socket socket) -> awaitable<void> {
    const auto connection = net::server::plain(std::move(socket));
    net::server::Request request;
    co_await connection->read(request, max_body);
    const std::uint64_t some = co_await send_text(*connection, "HTTP/1.1 200 OK\r\n\r\n", "12345");
    expected = some;
    const std::uint64_t of_large = co_await send_text(*connection, "", large);
    sent.set_value(of_large);
  };
  const Serving serving(handler);
  {
    Client client(serving.port);
    client.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK(client.receive_line() == "HTTP/1.1 200 OK");
  }
  CHECK(sent.get_future().get() < large.size());
  CHECK(expected == 24);
}

TEST_CASE("a connection can be reset, or left to its client") {
  std::promise<void> ended;
  auto handler = [&](tcp::socket socket) -> awaitable<void> {
    const auto connection = net::server::plain(std::move(socket));
    net::server::Request request;
    co_await connection->read(request, max_body);
    if (request.head.target == "/reset") {
      connection->reset();
    } else {
      co_await connection->wait_until_closed();
      ended.set_value();
    }
  };
  const Serving serving(handler);
  CHECK(Client(serving.port).get("/reset").end == End::reset);
  CHECK(Client(serving.port).ask("GET", "/", "", "", short_wait).end == End::silent);
  ended.get_future().get();
}

TEST_CASE("a handler that throws ends its own connection only") {
  auto handler = [](tcp::socket socket) -> awaitable<void> {
    const auto connection = net::server::plain(std::move(socket));
    net::server::Request request;
    co_await connection->read(request, max_body);
    if (request.head.target == "/throw") throw std::runtime_error("no memory");
    co_await send_text(*connection, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "");
  };
  const Serving serving(handler);
  CHECK(Client(serving.port).get("/throw").status == 0);
  CHECK(Client(serving.port).get("/").status == 200);
}

TEST_CASE("connections are spread over the threads, and cancelled when the listener ends") {
  std::atomic<int> cancelled = 0;
  std::promise<std::thread::id> first;
  std::promise<std::thread::id> second;
  std::atomic<bool> is_first = true;
  auto handler = [&](tcp::socket socket) -> awaitable<void> {
    (is_first.exchange(false) ? first : second).set_value(std::this_thread::get_id());
    try {
      async::Event never(socket.get_executor());
      co_await never.wait();
    } catch (const std::system_error&) {
      ++cancelled;
      throw;
    }
  };
  {
    const Serving serving(handler, 2);
    const Client one(serving.port);
    const Client other(serving.port);
    CHECK(first.get_future().get() != second.get_future().get());
  }
  CHECK(cancelled == 2);
}

TEST_CASE("an address that cannot be listened on is an error that names it") {
  Serving serving(echo_plain);
  for (const auto& [address, port] : {std::pair("nowhere"s, std::uint16_t{0}), std::pair("127.0.0.1"s, serving.port)}) {
    try {
      serving.listener.listen(address, port, echo_plain);
      FAIL("it listens");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::bad_input);
      CHECK(std::string(error.what()).starts_with("listen on " + address + ':' + std::to_string(port) + ": "));
    }
  }
}

TEST_CASE("TLS is served with a certificate, and a client that does not speak it is let go") {
  const Certificate certificate = Certificate::self_signed();
  asio::ssl::context tls = net::server::tls_context(certificate.certificate, certificate.key);
  std::promise<bool> refused;
  auto handler = [&](tcp::socket socket) -> awaitable<void> {
    const auto connection = co_await net::server::secured(std::move(socket), tls);
    if (!connection) {
      refused.set_value(true);
      co_return;
    }
    CHECK_FALSE(connection->resumed());
    co_await echo(*connection);
  };
  const Serving serving(handler);
  CHECK(Client(serving.port).get("/").status == 0);
  CHECK(refused.get_future().get());

  asio::io_context context;
  asio::ssl::context trusting(asio::ssl::context::tls_client);
  asio::ssl::stream<tcp::socket> stream(context, trusting);
  stream.next_layer().connect({asio::ip::address_v4::loopback(), serving.port});
  stream.handshake(asio::ssl::stream_base::client);
  asio::write(stream, asio::buffer("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"s));
  std::string answer;
  std::array<char, 1024> buffer{};
  for (std::error_code ec; !ec;) answer.append(buffer.data(), stream.read_some(asio::buffer(buffer), ec));
  CHECK(answer.ends_with("\r\n\r\nGET / "));
}

TEST_CASE("a certificate that is none is refused") {
  const Certificate good = Certificate::self_signed();
  CHECK_THROWS_AS(net::server::tls_context("no certificate", good.key), Error);
  CHECK_THROWS_AS(net::server::tls_context(good.certificate, Certificate::self_signed().key), Error);
}
