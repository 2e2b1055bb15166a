#pragma once

#include <asio/io_context.hpp>
#include <asio/thread_pool.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "acedt/async/asio.hpp"

namespace acedt::async {

/// How many processors this process may run on (its affinity, which containers and taskset set).
std::size_t processors();

/// The threads of a run: one io_context each, run by that thread alone, and a pool for what blocks.
///
/// Context 0 is run by the thread that calls run(): planning and committing are there, beside connections of its own.
/// An object made for one context belongs to it for life.
class Runtime {
 public:
  explicit Runtime(std::size_t threads);
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;
  ~Runtime();

  std::size_t threads() const noexcept { return contexts_.size(); }
  Executor executor(std::size_t thread) const { return contexts_[thread]->get_executor(); }
  Executor control() const { return executor(0); }
  /// For blocking calls to the disk: one thread, so that they follow one another.
  asio::thread_pool& disk() noexcept { return disk_; }

  /// Runs `main` on context 0 until it ends, the other contexts on threads of their own, and rethrows what it threw.
  ///
  /// SIGINT and SIGTERM cancel it, and make run() return their number once it has unwound (0 otherwise, and also when
  /// it ended well nevertheless); a second one ends the process at once. All coroutines must have ended with `main`.
  int run(const std::function<awaitable<void>()>& main);

 private:
  std::vector<std::unique_ptr<asio::io_context>> contexts_;
  asio::thread_pool disk_{1};
};

}  // namespace acedt::async
