#pragma once

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>

#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

#include "acedt/async/asio.hpp"

namespace acedt::async {

/// Starts a thread. Throws Error(internal) if the system refuses to (ulimit -u, ulimit -v, the container's limit).
std::thread start_thread(std::function<void()> work);

/// Threads for jobs that block or compute for long.
///
/// Not asio::thread_pool, whose constructor waits forever if it can start only some of its threads. A posted job must
/// not throw: no caller would get the exception. offload() hands it to its caller.
class ThreadPool {
 public:
  /// Throws Error(internal), with no thread left running, if one of them cannot be started.
  explicit ThreadPool(std::size_t threads);
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  /// Waits for the jobs that have begun, and drops the others.
  ~ThreadPool();

  Executor executor() { return context_.get_executor(); }
  /// Waits until all posted jobs are done, and ends the threads.
  void join();

 private:
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> open_;
  std::vector<std::thread> threads_;
};

}  // namespace acedt::async
