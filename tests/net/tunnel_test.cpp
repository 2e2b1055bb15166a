#include "net/tunnel.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

#include "support/memory_stream.hpp"
#include "support/run.hpp"

using namespace acedt;
using acedt::async::awaitable;
using namespace std::literals;

namespace {

const http::Origin host{true, "reg.example", 5000};

struct Outcome {
  std::string sent;
  std::optional<Error> failure;
};

/// What a proxy that says `wire`, and then hangs up, gets to hear, and what becomes of it.
Outcome opened(const std::string& url, const std::string& wire, std::size_t max_read) {
  Outcome outcome;
  testing::run([&](async::Executor executor) -> awaitable<void> {
    testing::Peer peer(executor, max_read);
    peer.feed(wire);
    peer.cut_at(wire.size());
    const http::Proxy proxy = http::Proxy::parse(url);
    try {
      co_await net::tunnel(peer.stream(), proxy, host);
    } catch (const Error& error) {
      outcome.failure = error;
    }
    outcome.sent = peer.sent();
  });
  return outcome;
}

}  // namespace

TEST_CASE("a tunnel is open when the proxy says so, and a refusal says what to do") {
  struct Case {
    std::string proxy;
    std::string wire;
    std::string what = {};  // empty: open, or in the words of a library
    ErrorKind kind = ErrorKind::transport;
    std::string hint = {};
  };
  const std::string none = "no connection to reg.example:5000: ";
  const std::vector<Case> cases = {
      {"http://p", "HTTP/1.1 200 Connection established\r\n\r\n"},
      {"http://p", "HTTP/1.0 200 OK\r\nProxy-agent: x\r\n\r\n"},
      {"http://p", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
      {"http://p", "HTTP/1.1 204 No Content\r\n\r\n"},
      {"http://p", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"},
      {"http://p", "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 5\r\n\r\nhello",
       "it wants a user and a password (407)", ErrorKind::unauthorized, "USER:PASSWORD@HOST:PORT"},
      {"http://me:pw@p", "HTTP/1.1 407 No\r\n\r\n", "it does not accept its user and password (407)",
       ErrorKind::unauthorized, "USER:PASSWORD@HOST:PORT"},
      {"http://p", "HTTP/1.1 403 Filtered\r\n\r\n", none + "403", ErrorKind::unreachable, "NO_PROXY"},
      {"http://p", "HTTP/1.1 502 Bad Gateway\r\n\r\n", none + "502"},
      {"http://p", "SSH-2.0-OpenSSH_9.2\r\n", "", ErrorKind::protocol},
      {"http://p", "", "it closed the connection"},
      {"http://p", "HTTP/1.1 200 O", "it closed the connection"},
      {"socks5://p", "\x05\x00\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"s},
      {"socks5://me:pw@p", "\x05\x02\x01\x00\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"s},
      {"socks5://me:pw@p", "\x05\x02\x01\x01"s, none + "it does not accept user and password", ErrorKind::unauthorized,
       "USER:PASSWORD@HOST:PORT"},
      {"socks5://p", "\x05\x00\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00"s,
       none + "its rules do not allow this connection", ErrorKind::unreachable, "NO_PROXY"},
      {"socks5://p", "\x05\x00\x05"s, "it closed the connection"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.proxy);
    CAPTURE(one.wire);
    const Outcome outcome = opened(one.proxy, one.wire, 1);
    CHECK(outcome.failure.has_value() == (!one.what.empty() || one.kind == ErrorKind::protocol));
    if (!outcome.failure) continue;
    if (!one.what.empty()) CHECK(outcome.failure->what() == one.what);
    CHECK(outcome.failure->kind() == one.kind);
    CHECK(outcome.failure->hint().find(one.hint) != std::string::npos);
  }
}

TEST_CASE("an HTTP proxy is asked for a tunnel once, with our login") {
  CHECK(opened("http://me:pw@p", "HTTP/1.1 200 OK\r\n\r\n", 7).sent ==
        http::connect_message(host, http::Proxy::parse("http://me:pw@p")));
}

TEST_CASE("a proxy that sends more than its response to CONNECT is refused") {
  const auto outcome = opened("http://p", "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", testing::Peer::whole);
  REQUIRE(outcome.failure);
  CHECK(outcome.failure->what() == "it sends more than an answer to CONNECT"s);
  CHECK(outcome.failure->kind() == ErrorKind::protocol);
}
