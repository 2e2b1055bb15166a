#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/error.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/version.hpp>
#if ASIO_VERSION >= 102300
#include <asio/as_tuple.hpp>
#else
#include <asio/experimental/as_tuple.hpp>
#endif

#include <exception>
#include <system_error>

namespace acedt::async {

// The one file that knows which Asio this is: 1.22 to 1.38 and later.

using asio::awaitable;
using Executor = asio::any_io_executor;

/// `auto [ec, n] = co_await socket.async_read_some(buffer, as_value);`: errors as values, for outcomes that are normal.
#if ASIO_VERSION >= 102300
inline constexpr auto as_value = asio::as_tuple(asio::use_awaitable);
#else
inline constexpr auto as_value = asio::experimental::as_tuple(asio::use_awaitable);
#endif

/// What every await throws in a coroutine that was cancelled.
[[noreturn]] inline void throw_cancelled() {
  throw std::system_error(asio::error::operation_aborted);
}

/// Whether `error` is that. No for a null one.
bool is_cancellation(const std::exception_ptr& error);

}  // namespace acedt::async
