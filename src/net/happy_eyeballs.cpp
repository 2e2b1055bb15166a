// Happy Eyeballs (RFC 8305): connects to the addresses of a host in order, begins with the next one when the last has
// not answered for a moment or has failed, and takes the first connection that opens. So a dead address costs a
// fraction of a second and not a timeout, and Addresses learns which one to avoid.

#include "net/happy_eyeballs.hpp"

#include <asio/steady_timer.hpp>

#include <exception>
#include <optional>
#include <utility>

#include "acedt/async/task_group.hpp"
#include "acedt/async/timeout.hpp"

namespace acedt::net {
namespace {

using asio::ip::tcp;

constexpr std::chrono::milliseconds head_start{250};  // RFC 8305 section 8

async::awaitable<tcp::socket> connect_to(tcp::endpoint endpoint) {
  tcp::socket socket(co_await asio::this_coro::executor);
  auto [ec] = co_await socket.async_connect(endpoint, async::as_value);
  if (ec == asio::error::operation_aborted) async::throw_cancelled();
  if (ec) throw Error(ErrorKind::transport, "connect to " + endpoint.address().to_string() + ": " + ec.message());
  std::error_code ignored;  // on a connection that is broken already: whoever uses it will see
  socket.set_option(tcp::no_delay(true), ignored);
  co_return socket;
}

/// The attempts to connect to the addresses of a host.
class HappyEyeballs {
 public:
  HappyEyeballs(const async::Executor& executor, Addresses& addresses, std::chrono::seconds timeouts)
      : addresses_(addresses), timeouts_(timeouts), changed_(executor) {}

  async::awaitable<void> run(async::TaskGroup& group) {
    for (const Addresses::Address& address : addresses_.next()) {
      const std::size_t failed = failed_;
      ++running_;
      group.spawn(attempt(address));
      while (!winner_ && failed_ == failed) {
        const bool waited = co_await wait_for_head_start();
        if (waited) break;
      }
      if (winner_) break;
      begun_.push_back(address);
    }
    changed_.expires_at(asio::steady_timer::time_point::max());
    while (!winner_ && running_ > 0) co_await changed_.async_wait(async::as_value);
    group.cancel();
  }

  /// Who won, after run(). Throws where nobody did.
  tcp::socket winner() {
    if (winner_) return *std::move(winner_);
    if (failure_) std::rethrow_exception(failure_);
    throw Error(ErrorKind::transport, "the host has no address");
  }

 private:
  /// Yes when it is over; no when an attempt ended before.
  async::awaitable<bool> wait_for_head_start() {
    changed_.expires_after(head_start);
    auto [ec] = co_await changed_.async_wait(async::as_value);
    co_return !ec;
  }

  /// Says so when an attempt is over, however it ends.
  struct Ending {
    ~Ending() {
      --attempts.running_;
      attempts.changed_.cancel();
    }
    HappyEyeballs& attempts;
  };

  async::awaitable<void> attempt(tcp::endpoint address) {
    const Ending ending{*this};
    try {
      tcp::socket socket = co_await async::with_timeout(timeouts_, "connecting", connect_to(address));
      if (!winner_) won(address, std::move(socket));
    } catch (const Error&) {
      ++failed_;
      failure_ = std::current_exception();
      addresses_.avoid(address);
    }
  }

  void won(const tcp::endpoint& address, tcp::socket socket) {
    winner_ = std::move(socket);
    for (const tcp::endpoint& slower : begun_) {
      if (slower == address) break;
      addresses_.avoid(slower);
    }
    addresses_.answered(address);
  }

  Addresses& addresses_;
  std::chrono::seconds timeouts_;
  asio::steady_timer changed_;        // cancelled when an attempt ends
  std::vector<tcp::endpoint> begun_;  // and have had their head start
  std::size_t running_ = 0;
  std::size_t failed_ = 0;
  std::optional<tcp::socket> winner_;
  std::exception_ptr failure_;
};

}  // namespace

async::awaitable<tcp::socket> connect_to_first(Addresses& addresses, std::chrono::seconds timeouts) {
  const async::Executor executor = co_await asio::this_coro::executor;
  HappyEyeballs attempts(executor, addresses, timeouts);
  auto body = [&attempts](async::TaskGroup& group) { return attempts.run(group); };
  co_await async::with_group(std::move(body));
  co_return attempts.winner();
}

}  // namespace acedt::net
