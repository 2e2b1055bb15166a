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

/// Returns the number of processors that this process may keep busy, at least 1: those in its affinity mask, which
/// taskset and cpusets set, but no more than its CPU quota (cgroup v1 and v2, which containers set) is worth, rounded
/// up. The first call decides for the whole run.
std::size_t processors();

/// The threads of a run: each has an io_context that it alone runs, and one more thread does what blocks.
///
/// An object that was made for one context stays on it, so nothing on it needs a lock; and two threads on one context
/// resume fewer coroutines per second than one. The thread that calls run() runs context 0, which has the control
/// coroutines (planning, committing) beside its connections.
class Runtime {
 public:
  /// `threads` is 1 or more. SIGINT and SIGTERM end the run from here to the destructor: see run(). Throws
  /// Error(internal) if a thread cannot be started.
  explicit Runtime(std::size_t threads);
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;
  ~Runtime();

  std::size_t threads() const noexcept { return contexts_.size(); }
  /// Returns the executor of thread `thread`, from 0 to threads() - 1.
  Executor executor(std::size_t thread) const { return contexts_[thread]->get_executor(); }
  Executor control() const { return executor(0); }
  /// Returns the pool for blocking calls to the disk. It has one thread, so they run one after another.
  ThreadPool& disk() noexcept { return disk_; }

  /// Runs `main` on context 0, and the other contexts on their own threads, until `main` ends. Every coroutine must
  /// have ended with it. Throws what `main` throws, and Error(internal) if a thread cannot be started.
  ///
  /// An exception of a posted function cancels `main` and is thrown after `main` has unwound.
  ///
  /// SIGINT and SIGTERM cancel `main`. Returns the signal that did so, or 0 if `main` completed anyway. The process
  /// ends through std::quick_exit with 128 + the signal's number at a second signal, or if the Runtime still exists 0.8
  /// s after the first one. A signal within 0.5 s of the first one counts as the same: a terminal sends Ctrl-C to every
  /// process of a script, and some of them pass it on.
  int run(const std::function<awaitable<void>()>& main);

 private:
  void serve(asio::io_context& context);
  void fail(const std::exception_ptr& failure) noexcept;

  std::unique_ptr<Interruption> interruption_;  // first: still on guard while the others are destroyed
  std::vector<std::unique_ptr<asio::io_context>> contexts_;
  ThreadPool disk_{1};
  asio::cancellation_signal cancel_;  // of `main`; thread 0
  std::exception_ptr failure_;        // of the first posted function that threw; thread 0
};

}  // namespace acedt::async
