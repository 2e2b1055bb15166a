#pragma once

#include <asio/cancellation_signal.hpp>
#include <asio/io_context.hpp>

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <vector>

#include "acedt/async/thread_pool.hpp"

namespace acedt::async {

class Interruption;

/// How many processors this process may run on (its affinity, which containers and taskset set).
std::size_t processors();

/// The threads of a run: one io_context each, run by that thread alone, and a pool for what blocks.
///
/// Context 0 is run by the thread that calls run(): planning and committing are there, beside connections of its own.
/// An object made for one context belongs to it for life.
class Runtime {
 public:
  /// From here to its end, SIGINT and SIGTERM end the run: see run(). Throws Error(internal) if a thread cannot be
  /// started.
  explicit Runtime(std::size_t threads);
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;
  ~Runtime();

  std::size_t threads() const noexcept { return contexts_.size(); }
  Executor executor(std::size_t thread) const { return contexts_[thread]->get_executor(); }
  Executor control() const { return executor(0); }
  /// For blocking calls to the disk: one thread, so that they follow one another.
  ThreadPool& disk() noexcept { return disk_; }

  /// Runs `main` on context 0 until it ends, the other contexts on threads of their own, and rethrows what it threw.
  /// All coroutines must have ended with `main`. Throws Error(internal) if a thread cannot be started.
  ///
  /// What a function throws that was posted to one of the contexts cancels `main`, and is thrown once it has unwound.
  ///
  /// SIGINT and SIGTERM cancel `main`. Returns the signal, or 0 if `main` completed anyway. A second signal ends the
  /// process at once, and so does the first if the Runtime is still there 0.8 s later: with 128 + its number, through
  /// std::quick_exit.
  int run(const std::function<awaitable<void>()>& main);

 private:
  void serve(asio::io_context& context);
  void fail(const std::exception_ptr& failure) noexcept;

  std::unique_ptr<Interruption> interruption_;  // outlives what may hang at its end
  std::vector<std::unique_ptr<asio::io_context>> contexts_;
  ThreadPool disk_{1};
  asio::cancellation_signal cancel_;  // of main; thread 0
  std::exception_ptr failure_;        // of a posted function; thread 0
};

}  // namespace acedt::async
