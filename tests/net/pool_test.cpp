#include "acedt/net/pool.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <string>

#include "support/memory_stream.hpp"
#include "support/run.hpp"

using namespace acedt;
using acedt::async::awaitable;
using testing::Wire;

namespace {

const net::Target here{{true, "here.example", 443}};
const net::Target there{{true, "there.example", 443}};

/// A connection after an exchange.
awaitable<std::unique_ptr<net::Connection>> used(async::Executor executor, Wire& wire, net::Target target) {
  auto connection = std::make_unique<net::Connection>(executor, wire.stream(), target, net::Patience());
  wire.feed("HTTP/1.1 204 No Content\r\n\r\n");
  co_await connection->exchange(http::Request());
  co_await connection->read();
  co_return connection;
}

}  // namespace

TEST_CASE("the connection that was used last is taken first") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    Wire first_wire(executor);
    Wire second_wire(executor);
    net::Pool pool(2);
    auto first = co_await used(executor, first_wire, here);
    auto second = co_await used(executor, second_wire, here);
    const net::Connection* const last = second.get();
    pool.give(std::move(first));
    pool.give(std::move(second));
    CHECK(pool.take(here).get() == last);
    CHECK(second_wire.closed());
    CHECK_FALSE(first_wire.closed());
    CHECK(pool.take(here) != nullptr);
    CHECK(pool.take(here) == nullptr);
  });
}

TEST_CASE("a connection goes where it was opened to") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    Wire wire(executor);
    net::Pool pool(2);
    auto connection = co_await used(executor, wire, here);
    pool.give(std::move(connection));
    net::Target unverified = here;
    unverified.verify = false;
    CHECK(pool.take(there) == nullptr);
    CHECK(pool.take(unverified) == nullptr);
    CHECK(pool.take(here) != nullptr);
  });
}

TEST_CASE("of too many idle connections the one that waited longest is closed") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    std::deque<Wire> wires;
    net::Pool pool(2);
    for (int i = 0; i < 3; ++i) {
      wires.emplace_back(executor);
      const net::Target target = i == 0 ? there : here;
      auto connection = co_await used(executor, wires.back(), target);
      pool.give(std::move(connection));
    }
    CHECK(wires[0].closed());
    CHECK_FALSE(wires[1].closed());
    CHECK_FALSE(wires[2].closed());
    CHECK(pool.take(there) == nullptr);
  });
}

TEST_CASE("a connection whose response was not read to its end is closed") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    Wire wire(executor);
    net::Pool pool(2);
    auto connection = std::make_unique<net::Connection>(executor, wire.stream(), here, net::Patience());
    wire.feed("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");
    co_await connection->exchange(http::Request());
    co_await connection->read();
    pool.give(std::move(connection));
    CHECK(wire.closed());
    CHECK(pool.take(here) == nullptr);
  });
}
