#include "acedt/net/pool.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <string>

#include "support/memory_stream.hpp"
#include "support/run.hpp"

using namespace acedt;
using acedt::async::awaitable;
using testing::Peer;

namespace {

const net::Target here{{true, "here.example", 443}};
const net::Target there{{true, "there.example", 443}};

/// A connection after an exchange.
awaitable<std::unique_ptr<net::Connection>> used(async::Executor executor, Peer& peer, net::Target target) {
  auto connection = std::make_unique<net::Connection>(executor, peer.stream(), target, net::Timeouts());
  peer.feed("HTTP/1.1 204 No Content\r\n\r\n");
  co_await connection->exchange(http::Request());
  co_await connection->read();
  co_return connection;
}

}  // namespace

TEST_CASE("the connection that was used last is taken first") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    Peer first_peer(executor);
    Peer second_peer(executor);
    net::Pool pool(2);
    auto first = co_await used(executor, first_peer, here);
    auto second = co_await used(executor, second_peer, here);
    const net::Connection* const last = second.get();
    pool.give(std::move(first));
    pool.give(std::move(second));
    CHECK(pool.take(here).get() == last);
    CHECK(second_peer.closed());
    CHECK_FALSE(first_peer.closed());
    CHECK(pool.take(here) != nullptr);
    CHECK(pool.take(here) == nullptr);
  });
}

TEST_CASE("a connection is reused only for its own target") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    Peer peer(executor);
    net::Pool pool(2);
    auto connection = co_await used(executor, peer, here);
    pool.give(std::move(connection));
    net::Target unverified = here;
    unverified.verify = false;
    CHECK(pool.take(there) == nullptr);
    CHECK(pool.take(unverified) == nullptr);
    CHECK(pool.take(here) != nullptr);
  });
}

TEST_CASE("of too many idle connections the one that was idle longest is closed") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    std::deque<Peer> peers;
    net::Pool pool(2);
    for (int i = 0; i < 3; ++i) {
      peers.emplace_back(executor);
      const net::Target target = i == 0 ? there : here;
      auto connection = co_await used(executor, peers.back(), target);
      pool.give(std::move(connection));
    }
    CHECK(peers[0].closed());
    CHECK_FALSE(peers[1].closed());
    CHECK_FALSE(peers[2].closed());
    CHECK(pool.take(there) == nullptr);
  });
}

TEST_CASE("an idle connection on which something comes, or that ends, is closed and not taken again") {
  for (const bool ends : {false, true}) {
    testing::run([ends](async::Executor executor) -> awaitable<void> {
      Peer spoilt(executor);
      Peer good(executor);
      net::Pool pool(2);
      auto first = co_await used(executor, good, here);
      auto second = co_await used(executor, spoilt, here);
      const net::Connection* const still_good = first.get();
      pool.give(std::move(first));
      pool.give(std::move(second));
      if (ends) {
        spoilt.cut_at(std::string("HTTP/1.1 204 No Content\r\n\r\n").size());
      } else {
        spoilt.feed("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      }
      CHECK(pool.take(here).get() == still_good);
      CHECK(spoilt.closed());
      CHECK(pool.take(here) == nullptr);
    });
  }
}

TEST_CASE("a connection whose response was not read to its end is closed") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    Peer peer(executor);
    net::Pool pool(2);
    auto connection = std::make_unique<net::Connection>(executor, peer.stream(), here, net::Timeouts());
    peer.feed("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");
    co_await connection->exchange(http::Request());
    co_await connection->read();
    pool.give(std::move(connection));
    CHECK(peer.closed());
    CHECK(pool.take(here) == nullptr);
  });
}
