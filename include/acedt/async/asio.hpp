#pragma once

// The only file that depends on the version of Asio: 1.22, which Debian 12 has, to 1.38 and later.

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

using asio::awaitable;
using Executor = asio::any_io_executor;

/// Completion token that returns errors as values, for outcomes that are normal:
/// `auto [ec, n] = co_await socket.async_read_some(buffer, as_value);`
#if ASIO_VERSION >= 102300
inline constexpr auto as_value = asio::as_tuple(asio::use_awaitable);
#else
inline constexpr auto as_value = asio::experimental::as_tuple(asio::use_awaitable);
#endif

/// Throws what an await throws in a cancelled coroutine: std::system_error(operation_aborted).
[[noreturn]] inline void throw_cancelled() {
  throw std::system_error(asio::error::operation_aborted);
}

/// Returns whether `error` is what throw_cancelled() throws; false if it is null.
bool is_cancellation(const std::exception_ptr& error);

}  // namespace acedt::async
