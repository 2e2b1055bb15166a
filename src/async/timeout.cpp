#include "acedt/async/timeout.hpp"

namespace acedt::async {

awaitable<void> sleep(std::chrono::steady_clock::duration delay) {
  asio::steady_timer timer(co_await asio::this_coro::executor, delay);
  co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace acedt::async
