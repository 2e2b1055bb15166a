#pragma once

#include "acedt/async/asio.hpp"

#include <doctest/doctest.h>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include <chrono>
#include <exception>

namespace acedt::testing {

/// Runs `main(executor)`, a coroutine, on one thread until it ends, and rethrows what it threw.
///
/// `main` lives as long as its coroutine: it may be a lambda that captures.
template <class Main>
void run(Main main) {
  constexpr std::chrono::seconds long_enough(60);  // never expected: what waits for ever fails, and does not hang
  asio::io_context context(1);
  std::exception_ptr failure;
  bool ended = false;
  asio::co_spawn(context, main(async::Executor(context.get_executor())), [&](const std::exception_ptr& error) {
    failure = error;
    ended = true;
  });
  context.run_for(long_enough);
  if (failure) std::rethrow_exception(failure);
  REQUIRE_MESSAGE(ended, "the coroutine waits for ever");
}

}  // namespace acedt::testing
