#include "acedt/net/connection.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

#include "acedt/async/task_group.hpp"
#include "acedt/async/timeout.hpp"
#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "support/memory_stream.hpp"
#include "support/run.hpp"

using namespace acedt;
using acedt::async::awaitable;
using testing::Peer;
using namespace std::literals;

namespace {

const net::Target somewhere{{true, "registry.example", 443}};

struct Answer {
  int status = 0;
  std::string body = {};
  bool operator==(const Answer&) const = default;
};

awaitable<Answer> ask(net::Connection& connection, std::string method) {
  http::Request request{std::move(method), "/v2/"};
  const http::ResponseHead head = co_await connection.exchange(request);
  Answer answer{head.status};
  for (;;) {
    const std::span<const std::byte> piece = co_await connection.read();
    if (piece.empty()) co_return answer;
    answer.body += as_text(piece);
  }
}

/// The text of the Error of that kind that a GET ends in; empty if it ends well.
awaitable<std::string> failure_of_get(net::Connection& connection, ErrorKind kind = ErrorKind::transport) {
  std::string text;
  try {
    co_await ask(connection, "GET");
  } catch (const Error& error) {
    CHECK(error.kind() == kind);
    text = error.what();
  }
  co_return text;
}

struct Case {
  std::string method;
  std::string wire;
  Answer answer;
  bool reusable;
  bool until_close = false;
};

const std::string ok = "HTTP/1.1 200 OK\r\n";
const std::string five = ok + "Content-Length: 5\r\n\r\nhello";
const std::string chunked = ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n";

const std::vector<Case> cases = {
    {"GET", five, {200, "hello"}, true},
    {"GET", chunked, {200, "hello"}, true},
    {"GET", ok + "Content-Length: 0\r\n\r\n", {200}, true},
    {"GET", "HTTP/1.1 204 No Content\r\n\r\n", {204}, true},
    {"HEAD", ok + "Content-Length: 5\r\n\r\n", {200}, true},
    {"HEAD", ok + "Transfer-Encoding: chunked\r\n\r\n", {200}, true},
    {"GET", "HTTP/1.1 100 Continue\r\n\r\n" + five, {200, "hello"}, true},
    {"GET", "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno", {404, "no"}, true},
    {"GET", ok + "Connection: close\r\nContent-Length: 5\r\n\r\nhello", {200, "hello"}, false},
    {"GET", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", {200, "hello"}, false},
    {"GET", ok + "\r\nhello", {200, "hello"}, false, true},
};

}  // namespace

TEST_CASE("a response is read to its end however its bytes arrive, and says whether the connection can be used again") {
  for (const std::size_t max_read : {std::size_t{1}, std::size_t{7}, Peer::whole}) {
    for (const Case& one : cases) {
      CAPTURE(max_read);
      CAPTURE(one.wire);
      testing::run([&](async::Executor executor) -> awaitable<void> {
        Peer peer(executor, max_read);
        net::Connection connection(executor, peer.stream(), somewhere, {});
        peer.feed(one.wire);
        if (one.until_close) peer.cut_at(one.wire.size());
        const Answer answer = co_await ask(connection, one.method);
        CHECK(answer == one.answer);
        CHECK(connection.reusable() == one.reusable);
      });
    }
  }
}

TEST_CASE("a connection carries one exchange after another, each with the host it goes to") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    Peer peer(executor);
    net::Connection connection(executor, peer.stream(), somewhere, {});
    for (const std::string& method : {"GET"s, "HEAD"s, "GET"s}) {
      peer.feed(method == "HEAD" ? ok + "Content-Length: 5\r\n\r\n" : chunked);
      const Answer answer = co_await ask(connection, method);
      CHECK(answer.body == (method == "HEAD" ? "" : "hello"));
      CHECK(connection.reusable());
    }
    const std::string get = "GET /v2/ HTTP/1.1\r\nHost: registry.example\r\n\r\n";
    CHECK(peer.sent() == get + "HEAD" + get.substr(3) + get);
  });
}

TEST_CASE("a connection with unrequested bytes is not reused") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    Peer peer(executor);
    net::Connection connection(executor, peer.stream(), somewhere, {});
    peer.feed(five + "HTTP/1.1 200 OK\r\n");
    const Answer answer = co_await ask(connection, "GET");
    CHECK(answer.body == "hello");
    CHECK_FALSE(connection.reusable());
  });
}

TEST_CASE("a response that is cut at any byte is a transport error") {
  for (const std::string& whole : {five, chunked}) {
    for (std::size_t at = 0; at < whole.size(); ++at) {
      CAPTURE(at);
      testing::run([&](async::Executor executor) -> awaitable<void> {
        Peer peer(executor);
        net::Connection connection(executor, peer.stream(), somewhere, {});
        peer.feed(whole);
        peer.cut_at(at);
        const std::string failure = co_await failure_of_get(connection);
        CHECK_FALSE(failure.empty());
        CHECK_FALSE(connection.reusable());
        CHECK(connection.answered() == (at > 0));
      });
    }
  }
}

TEST_CASE("a response that is not HTTP is a protocol error, which is not retried") {
  for (const std::string& noise :
       {"SSH-2.0-OpenSSH_9.2\r\n"s, "\x15\x03\x01"s, "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"s,
        ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n"}) {
    testing::run([&](async::Executor executor) -> awaitable<void> {
      Peer peer(executor);
      net::Connection connection(executor, peer.stream(), somewhere, {});
      peer.feed(noise);
      const std::string failure = co_await failure_of_get(connection, ErrorKind::protocol);
      CHECK_FALSE(failure.empty());
    });
  }
}

TEST_CASE("silence ends an exchange after the time limit, at every stage") {
  for (const std::string& heard : {std::string(), ok, five.substr(0, five.size() - 1)}) {
    testing::run([&](async::Executor executor) -> awaitable<void> {
      Peer peer(executor);
      net::Timeouts none;
      none.stall = std::chrono::seconds(0);
      net::Connection connection(executor, peer.stream(), somewhere, none);
      peer.feed(heard);
      const std::string failure = co_await failure_of_get(connection);
      CHECK(failure == "no progress for 0s");
      CHECK(peer.closed());
    });
  }
}

TEST_CASE("a body that is far slower than others on the thread is given up if it can be resumed") {
  for (const bool resumable : {true, false}) {
    testing::run([resumable](async::Executor executor) -> awaitable<void> {
      net::StragglerDetector stragglers;
      std::array<net::StragglerDetector::Body, 2> others;
      for (net::StragglerDetector::Body& body : others) stragglers.add(body);
      Peer peer(executor);
      net::Connection connection(executor, peer.stream(), somewhere, {}, std::make_shared<Buffers>(4_KiB), &stragglers);
      peer.feed(ok + (resumable ? "Accept-Ranges: bytes\r\n" : "") + "Content-Length: 2000000\r\n\r\nbegin");
      std::string failure;
      const auto get = [&]() -> awaitable<void> { failure = co_await failure_of_get(connection); };
      async::TaskGroup group(executor);
      group.spawn(get());
      for (int second = 0; second < 4; ++second) {
        for (net::StragglerDetector::Body& body : others) body.received = 1'000'000;
        stragglers.look();
      }
      CHECK(peer.closed() == resumable);
      if (!resumable) group.cancel();
      co_await group.join();
      CHECK(failure == (resumable ? "far slower than the other connections" : ""));
    });
  }
}

TEST_CASE("a byte now and then does not count as progress") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    Peer peer(executor);
    net::Timeouts timeouts;
    timeouts.stall = std::chrono::milliseconds(30);
    net::Connection connection(executor, peer.stream(), somewhere, timeouts);
    peer.feed(ok + "Content-Length: 100000\r\n\r\n");
    std::string failure;
    const auto get = [&]() -> awaitable<void> { failure = co_await failure_of_get(connection); };
    async::TaskGroup group(executor);
    group.spawn(get());
    while (!peer.closed()) {
      peer.feed("x");
      co_await async::sleep(std::chrono::milliseconds(1));
    }
    co_await group.join();
    CHECK(failure == "no progress for 30ms");
  });
}

TEST_CASE("a body that is held in memory has a time limit, however steadily it arrives") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    Peer peer(executor);
    net::Timeouts timeouts;
    timeouts.stall = std::chrono::milliseconds(10);
    net::Connection connection(executor, peer.stream(), somewhere, timeouts);
    peer.feed(ok + "Content-Length: 1000000000\r\n\r\n");
    const http::Request request{"GET", "/"};
    co_await connection.exchange(request);
    connection.bound_body();
    std::string failure;
    const auto read = [&]() -> awaitable<void> {
      try {
        for (;;) co_await connection.read();
      } catch (const Error& error) {
        failure = error.what();
      }
    };
    async::TaskGroup group(executor);
    group.spawn(read());
    for (int i = 0; i < 5000 && !peer.closed(); ++i) {
      peer.feed(std::string(4 << 10, 'x'));
      co_await async::sleep(std::chrono::milliseconds(1));
    }
    group.cancel();
    co_await group.join();
    CHECK_FALSE(failure.empty());
  });
}

TEST_CASE("with a rate limit a body is read in parts of 10 ms, and arrives whole") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    Peer peer(executor);
    const auto plenty = std::make_shared<net::TokenBucket>(1e6, 1e9);
    const auto buffers = std::make_shared<Buffers>(64_KiB);
    net::Connection connection(executor, peer.stream(), somewhere, {}, buffers, nullptr, plenty);
    const std::string head = ok + "Content-Length: 25000\r\n\r\n";
    peer.feed(head + std::string(25'000, 'x'));
    const http::Request request{"GET", "/"};
    co_await connection.exchange(request);
    const std::vector<std::size_t> pieces = {10'000 - head.size(), 10'000, 5'000 + head.size(), 0};
    for (const std::size_t expected : pieces) {
      const auto piece = co_await connection.read();
      CHECK(piece.size() == expected);
    }
    CHECK(plenty->take(1e9 - 25'000 - static_cast<double>(head.size()), {}).count() == 0);
    CHECK(plenty->take(1e6, {}).count() > 900'000'000);
  });
}

TEST_CASE("the wait for a rate limit does not count against the other side") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    Peer peer(executor);
    net::Timeouts timeouts;
    timeouts.stall = std::chrono::milliseconds(5);
    const auto slow = std::make_shared<net::TokenBucket>(400, 1);  // by which this head takes 100 ms
    net::Connection connection(executor, peer.stream(), somewhere, timeouts, std::make_shared<Buffers>(4_KiB), nullptr,
                               slow);
    peer.feed(five.substr(0, five.size() - 1));
    const http::Request request{"GET", "/"};
    co_await connection.exchange(request);
    CHECK_FALSE(peer.closed());
  });
}

TEST_CASE("time that this side spends does not count against the other side") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    Peer peer(executor);
    net::Timeouts timeouts;
    timeouts.stall = std::chrono::milliseconds(10);
    net::Connection connection(executor, peer.stream(), somewhere, timeouts);
    peer.feed(ok + "Content-Length: 5000\r\n\r\n" + std::string(2500, 'x'));
    const http::Request request{"GET", "/"};
    co_await connection.exchange(request);
    co_await connection.read();
    co_await async::sleep(std::chrono::milliseconds(50));
    CHECK_FALSE(peer.closed());
    peer.feed(std::string(2500, 'x'));
    const auto rest = co_await connection.read();
    CHECK(rest.size() == 2500);
  });
}

TEST_CASE("an idle connection is not watched") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    Peer peer(executor);
    net::Timeouts none;
    none.stall = std::chrono::seconds(0);
    net::Connection connection(executor, peer.stream(), somewhere, none);
    peer.feed(five);
    co_await ask(connection, "GET");
    co_await async::sleep(std::chrono::seconds(0));  // behind the timer of the watch
    CHECK_FALSE(peer.closed());
    peer.feed(five);
    const Answer answer = co_await ask(connection, "GET");
    CHECK(answer.body == "hello");
  });
}
