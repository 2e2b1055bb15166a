#pragma once

#include "acedt/async/asio.hpp"

#include <asio/error.hpp>
#include <asio/post.hpp>

#include <exception>
#include <system_error>

namespace acedt::testing {

/// Lets everything that is ready now have its turn, and what that makes ready, some rounds long.
inline async::awaitable<void> settle() {
  for (int round = 0; round < 10; ++round) co_await asio::post(asio::use_awaitable);
}

/// Whether `work` ends as what was cancelled does.
inline async::awaitable<bool> is_cancelled(async::awaitable<void> work) {
  try {
    co_await std::move(work);
  } catch (const std::system_error& error) {
    co_return error.code() == asio::error::operation_aborted;
  }
  co_return false;
}

}  // namespace acedt::testing
