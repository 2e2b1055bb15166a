#pragma once

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <exception>
#include <functional>
#include <string>
#include <utility>
#include <vector>

/// What the shapes in safe.cpp and traps.cpp call. Strings are longer than what std::string stores in itself, so that
/// one destroyed twice is freed twice.
using asio::awaitable;

/// An aggregate with a member that owns memory.
struct Request {
  std::string host;
  int port = 443;
};

/// Set by a shape once its body has run.
inline int seen = 0;

inline std::string long_text() {
  return std::string(64, 't');
}
inline std::vector<std::string> words() {
  return std::vector<std::string>(2, long_text());
}

inline awaitable<void> hop() {
  const auto here = co_await asio::this_coro::executor;
  co_await asio::post(here, asio::use_awaitable);
}
inline awaitable<bool> yes() {
  co_await hop();
  co_return true;
}
inline awaitable<bool> no() {
  co_await hop();
  co_return false;
}
inline awaitable<std::string> text() {
  co_await hop();
  co_return long_text();
}
inline awaitable<int> send(Request request) {
  co_await hop();
  co_return static_cast<int>(request.host.size());
}
inline awaitable<int> call(std::function<int()> job) {
  co_await hop();
  co_return job();
}
inline awaitable<int> count(std::vector<std::string> names) {
  co_await hop();
  co_return static_cast<int>(names.size());
}

/// Runs one coroutine to its end; what it throws comes out.
inline void run(awaitable<void> (*shape)()) {
  asio::io_context io(1);
  asio::co_spawn(io, shape(), [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  });
  io.run();
}
