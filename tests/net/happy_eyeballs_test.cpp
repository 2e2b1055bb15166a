#include "net/happy_eyeballs.hpp"

#include <doctest/doctest.h>
#include <asio/ip/tcp.hpp>

#include <list>
#include <string>

#include "acedt/async/task_group.hpp"
#include "acedt/base/error.hpp"
#include "support/run.hpp"

using namespace acedt;
using acedt::async::awaitable;
using asio::ip::tcp;

namespace {

constexpr std::chrono::seconds long_enough{60};

tcp::endpoint loopback() {
  return {asio::ip::address_v4::loopback(), 0};
}

/// Takes connections.
struct Listening {
  explicit Listening(const async::Executor& executor) : acceptor(executor, loopback()) {}
  tcp::endpoint address() const { return acceptor.local_endpoint(); }
  tcp::acceptor acceptor;
};

/// An address where nobody listens, or has just ceased to.
tcp::endpoint refusing(const async::Executor& executor) {
  return Listening(executor).address();
}

/// Neither takes connections nor refuses them: its queue is full.
struct Silent {
  explicit Silent(const async::Executor& executor) : acceptor(executor) {
    acceptor.open(tcp::v4());
    acceptor.bind(loopback());
    acceptor.listen(0);
    for (int i = 0; i < 4; ++i) {
      queued.emplace_back(executor);
      queued.back().async_connect(address(), [](const std::error_code&) {});
    }
  }
  tcp::endpoint address() const { return acceptor.local_endpoint(); }
  tcp::acceptor acceptor;
  std::list<tcp::socket> queued = {};
};

}  // namespace

TEST_CASE("the next address is tried when one refuses, and is the first choice from then on") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    const tcp::endpoint nobody = refusing(executor);
    const Listening somebody(executor);
    net::Addresses addresses({nobody, somebody.address()});
    const tcp::socket socket = co_await net::connect_to_first(addresses, long_enough);
    CHECK(socket.remote_endpoint() == somebody.address());
    addresses.next();
    CHECK(addresses.next().front() == somebody.address());
  });
}

TEST_CASE("a silent address is overtaken by the next one, and only by that") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    const Silent silent(executor);
    const Listening fast(executor);
    const Listening unneeded(executor);
    net::Addresses addresses({silent.address(), fast.address(), unneeded.address()});
    const tcp::socket socket = co_await net::connect_to_first(addresses, long_enough);
    CHECK(socket.remote_endpoint() == fast.address());
    CHECK(addresses.next().back() == silent.address());
  });
}

TEST_CASE("if all addresses refuse, the error of the last one is thrown") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    net::Addresses addresses({refusing(executor), refusing(executor)});
    std::string failure;
    try {
      co_await net::connect_to_first(addresses, long_enough);
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::transport);
      failure = error.what();
    }
    CHECK(failure == "connect to 127.0.0.1: Connection refused");
  });
}

TEST_CASE("if all addresses are silent, the attempt ends after the time limit") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    const Silent one(executor);
    const Silent another(executor);
    net::Addresses addresses({one.address(), another.address()});
    std::string failure;
    try {
      co_await net::connect_to_first(addresses, std::chrono::seconds(0));
    } catch (const Error& error) {
      failure = error.what();
    }
    CHECK(failure == "connecting took longer than 0s");
  });
}

TEST_CASE("cancelling a connect cancels every attempt") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    const Silent one(executor);
    const Silent another(executor);
    net::Addresses addresses({one.address(), another.address()});
    bool won = false;
    const auto connect = [&]() -> awaitable<void> {
      co_await net::connect_to_first(addresses, long_enough);
      won = true;
    };
    async::TaskGroup group(executor);
    group.spawn(connect());
    group.cancel();
    co_await group.join();
    CHECK_FALSE(won);
  });
}
