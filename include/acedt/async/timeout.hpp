#pragma once

#include <asio/experimental/awaitable_operators.hpp>
#include <asio/steady_timer.hpp>

#include <chrono>
#include <exception>
#include <optional>
#include <string>

#include "acedt/async/asio.hpp"
#include "acedt/base/error.hpp"
#include "acedt/base/units.hpp"

namespace acedt::async {

/// Waits for `delay`. Throws operation_aborted when cancelled.
inline awaitable<void> sleep(std::chrono::steady_clock::duration delay) {
  asio::steady_timer timer(co_await asio::this_coro::executor, delay);
  co_await timer.async_wait(asio::use_awaitable);
}

/// Returns the result of `work`, or throws what it throws. After `limit`, cancels `work` and throws Error(transport)
/// with the message "`what` took longer than `limit`".
///
/// A failure of `work` is thrown at once; Asio's `work || timer` alone would wait for the timer first.
template <class Result>
awaitable<Result> with_timeout(std::chrono::milliseconds limit, std::string what, awaitable<Result> work) {
  using asio::experimental::awaitable_operators::operator||;

  // Returns also if `task` fails, so that the race below ends at once: an exception would wait for the timer.
  auto settle = [](awaitable<Result> task, std::exception_ptr& error) -> awaitable<std::optional<Result>> {
    try {
      co_return co_await std::move(task);
    } catch (...) {
      error = std::current_exception();
    }
    co_return std::nullopt;
  };

  std::exception_ptr failure;
  asio::steady_timer timer(co_await asio::this_coro::executor, limit);
  auto first = co_await (settle(std::move(work), failure) || timer.async_wait(asio::use_awaitable));
  if (first.index() == 1) throw Error(ErrorKind::transport, what + " took longer than " + human(limit));
  if (failure) std::rethrow_exception(failure);
  co_return std::move(*std::get<0>(first));
}

}  // namespace acedt::async
