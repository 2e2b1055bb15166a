#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <string>

#include "acedt/async/task_group.hpp"
#include "acedt/async/timeout.hpp"
#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/net/connection.hpp"
#include "support/memory_stream.hpp"
#include "support/run.hpp"

using namespace acedt;
using acedt::async::awaitable;
using testing::Peer;
using namespace std::literals;

namespace {

const net::Target somewhere{{true, "registry.example", 443}};
const std::string created = "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n";
const std::string refused = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 5\r\n\r\nlarge";

class Body : public net::RequestBody {
 public:
  Body(std::string content, std::size_t said) : content_(std::move(content)), said_(said) {}
  explicit Body(std::string content) : Body(content, content.size()) {}

  Bytes size() const override { return {said_}; }
  awaitable<void> start() override {
    at_ = 0;
    co_return;
  }
  awaitable<std::span<const std::byte>> read() override {
    if (fails_at && at_ >= *fails_at) throw Error(ErrorKind::corrupt, "wrong bytes");
    const auto piece = as_bytes(content_).subspan(at_, std::min<std::size_t>(100'000, content_.size() - at_));
    at_ += piece.size();
    co_return piece;
  }

  std::optional<std::size_t> fails_at = {};

 private:
  std::string content_;
  std::size_t said_;
  std::size_t at_ = 0;
};

/// The status that a PUT of `body` gets.
awaitable<int> put(net::Connection& connection, Body& body) {
  http::Request request{"PUT", "/u"};
  request.body_length = body.size().count;
  co_await body.start();
  const http::ResponseHead head = co_await connection.exchange(request, body);
  co_return head.status;
}

/// The Error that it ends in.
awaitable<Error> failure_of_put(net::Connection& connection, Body& body) {
  std::optional<Error> failure;
  try {
    co_await put(connection, body);
  } catch (const Error& error) {
    failure = error;
  }
  co_return failure.value_or(Error(ErrorKind::usage, "no error"));
}

std::string head_of(std::size_t length) {
  return "PUT /u HTTP/1.1\r\nHost: registry.example\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
}

}  // namespace

TEST_CASE("a body is sent with its length while it is read, and the connection stays usable") {
  for (const std::size_t size : {0u, 1u, 100'000u, 250'000u}) {
    testing::run([size](async::Executor executor) -> awaitable<void> {
      Peer peer(executor);
      net::Connection connection(executor, peer.stream(), somewhere, {});
      const std::string content(size, 'x');
      std::string expected;
      for (int i = 0; i < 2; ++i) {
        Body body(content);
        int status = 0;
        const auto send = [&]() -> awaitable<void> { status = co_await put(connection, body); };
        async::TaskGroup group(executor);
        group.spawn(send());
        expected += head_of(size) + content;
        while (peer.sent() != expected) co_await async::sleep(0s);
        peer.feed(created);
        co_await group.join();
        CHECK(status == 201);
        const auto end = co_await connection.read();
        CHECK(end.empty());
        CHECK(connection.reusable());
      }
    });
  }
}

TEST_CASE("an early response ends the body, even if the server reads no more") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    Peer peer(executor);
    net::Connection connection(executor, peer.stream(), somewhere, {});
    peer.take_at_most(150'000);
    Body body(std::string(10'000'000, 'x'));
    int status = 0;
    const auto send = [&]() -> awaitable<void> { status = co_await put(connection, body); };
    async::TaskGroup group(executor);
    group.spawn(send());
    while (peer.sent().size() < 150'000) co_await async::sleep(0s);
    peer.feed("HTTP/1.1 100 Continue\r\n\r\n");
    co_await async::sleep(0s);
    CHECK(status == 0);
    peer.feed(refused);
    co_await group.join();
    CHECK(status == 413);
    const auto text = co_await connection.read();
    CHECK(as_text(text) == "large");
    const auto end = co_await connection.read();
    CHECK(end.empty());
    CHECK_FALSE(connection.reusable());
    CHECK(peer.sent().size() == 150'000);
  });
}

TEST_CASE("a request whose body cannot be read is never completed") {
  for (const std::size_t at : {0u, 100'000u, 200'000u}) {
    testing::run([at](async::Executor executor) -> awaitable<void> {
      Peer peer(executor);
      net::Connection connection(executor, peer.stream(), somewhere, {});
      Body body(std::string(250'000, 'x'));
      body.fails_at = at;
      const Error failure = co_await failure_of_put(connection, body);
      CHECK(failure.kind() == ErrorKind::corrupt);
      CHECK(std::string(failure.what()) == "wrong bytes");
      CHECK(peer.sent() == (at == 0 ? "" : head_of(250'000) + std::string(at, 'x')));
      CHECK(peer.closed() == (at > 0));
    });
  }
}

TEST_CASE("a body of the wrong size never becomes part of the next request") {
  for (const std::size_t said : {99'999u, 100'001u, 250'001u, 249'999u}) {
    testing::run([said](async::Executor executor) -> awaitable<void> {
      Peer peer(executor);
      net::Connection connection(executor, peer.stream(), somewhere, {});
      Body body(std::string(250'000, 'x'), said);
      const Error failure = co_await failure_of_put(connection, body);
      CHECK(failure.kind() == ErrorKind::internal);
      CHECK(peer.closed());
      CHECK(peer.sent().size() < head_of(said).size() + said);
    });
  }
}

TEST_CASE("a connection that breaks while a body is sent is a transport error") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    Peer peer(executor);
    net::Connection connection(executor, peer.stream(), somewhere, {});
    peer.take_at_most(150'000);
    peer.cut_at(0);
    Body body(std::string(250'000, 'x'));
    const Error failure = co_await failure_of_put(connection, body);
    CHECK(failure.kind() == ErrorKind::transport);
    CHECK_FALSE(connection.answered());
  });
}

TEST_CASE("a body that the server does not read is given up") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    Peer peer(executor);
    net::Timeouts timeouts;
    timeouts.stall = 10ms;
    net::Connection connection(executor, peer.stream(), somewhere, timeouts);
    peer.take_at_most(150'000);
    Body body(std::string(250'000, 'x'));
    const Error failure = co_await failure_of_put(connection, body);
    CHECK(std::string(failure.what()) == "no progress for 10ms");
    CHECK(failure.hint().find("--stall-timeout") != std::string::npos);
  });
}

TEST_CASE("the response after the last byte has its own time limit, which depends on the size of the body") {
  net::Timeouts timeouts;
  CHECK(timeouts.answer_to({0}) == 5min);
  CHECK(timeouts.answer_to({20'000'000'000}) == 5min + 1000s);
  timeouts.stall = 5ms;
  for (const bool comes : {true, false}) {
    timeouts.commit = comes ? 10'000ms : 20ms;
    testing::run([=](async::Executor executor) -> awaitable<void> {
      Peer peer(executor);
      net::Connection connection(executor, peer.stream(), somewhere, timeouts);
      Body body("x");
      std::optional<Error> failure;
      const auto send = [&]() -> awaitable<void> { failure = co_await failure_of_put(connection, body); };
      async::TaskGroup group(executor);
      group.spawn(send());
      co_await async::sleep(12ms);  // twice the limit for any other answer
      if (comes) peer.feed(created);
      co_await group.join();
      CHECK(std::string(failure->what()) == (comes ? "no error" : "no response for 20ms after the last byte was sent"));
      if (!comes) CHECK(failure->hint().find("--commit-timeout") != std::string::npos);
    });
  }
}

TEST_CASE("with a rate limit a body is sent in parts of 10 ms") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    Peer peer(executor);
    const auto plenty = std::make_shared<net::TokenBucket>(1e6, 1e9);
    const auto buffers = std::make_shared<Buffers>(64_KiB);
    net::Connection connection(executor, peer.stream(), somewhere, {}, buffers, nullptr, plenty);
    Body body(std::string(250'000, 'x'));
    const auto answer = [&]() -> awaitable<void> {
      while (peer.sent().size() < head_of(250'000).size() + 250'000) co_await async::sleep(0s);
      peer.feed(created);
    };
    async::TaskGroup group(executor);
    group.spawn(answer());
    const int status = co_await put(connection, body);
    co_await group.join();
    CHECK(status == 201);
    CHECK(plenty->take(1e9 - 250'000 - static_cast<double>(created.size()), {}).count() == 0);
    CHECK(plenty->take(1e6, {}).count() > 900'000'000);
  });
}
