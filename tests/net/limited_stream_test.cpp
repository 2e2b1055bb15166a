#include "acedt/net/limited_stream.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>

#include "support/memory_stream.hpp"
#include "support/run.hpp"

using namespace acedt;
using acedt::async::awaitable;

TEST_CASE("what is limited is read in pieces of a hundredth of a second, and comes whole") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    testing::Peer peer(executor);
    const auto plenty = std::make_shared<net::TokenBucket>(1e6, 1e9);
    const auto stream = net::limited_stream(peer.stream(), plenty);
    const std::string sent(25'000, 'x');
    peer.feed(sent);
    peer.cut_at(sent.size());
    std::array<std::byte, 64 << 10> buffer{};
    for (const std::size_t expected : {10'000U, 10'000U, 5'000U, 0U}) {
      const std::size_t received = co_await stream->read_some(buffer);
      CHECK(received == expected);
    }
    co_await stream->write_all(as_bytes("request"));
    CHECK(peer.sent() == "request");
    CHECK(plenty->take(1e9 - 25'000, {}).count() == 0);
    CHECK(plenty->take(1e6, {}).count() > 900'000'000);
    stream->close();
    CHECK(peer.closed());
  });
}
