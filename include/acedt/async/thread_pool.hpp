#pragma once

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>

#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

#include "acedt/async/asio.hpp"

namespace acedt::async {

/// Starts a thread. Throws Error(internal) if the system has no room for one more.
std::thread start_thread(std::function<void()> work);

/// Threads for jobs that block or take the processor for long.
///
/// asio::thread_pool waits forever in its constructor if it can start some of its threads, but not all.
/// What is posted here must not throw: nobody would hear of it. offload() carries exceptions to its caller.
class ThreadPool {
 public:
  /// Throws Error(internal) if not all threads can be started; then none is left running.
  explicit ThreadPool(std::size_t threads);
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  /// Drops the jobs that have not begun, and waits for the others.
  ~ThreadPool();

  Executor executor() { return context_.get_executor(); }
  /// Waits until all that was posted is done, and ends the threads.
  void join();

 private:
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> open_;
  std::vector<std::thread> threads_;
};

}  // namespace acedt::async
