#pragma once

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>

#include <type_traits>
#include <utility>

#include "acedt/async/thread_pool.hpp"

namespace acedt::async {

/// Runs `work` on `executor`, of another thread, and resumes the caller on its own with the result, or with what the
/// work threw.
///
/// A caller that is cancelled still waits for the work, then is cancelled at its next await: a cancellation sent on one
/// thread into a coroutine that runs on another is a data race in every version of Asio. So the work must be short, or
/// have an end of its own.
template <class Result>
awaitable<Result> run_on(Executor executor, awaitable<Result> work) {
  auto shielded = asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable);
  co_return co_await asio::co_spawn(executor, std::move(work), shielded);
}

/// Runs `job` on a thread of `pool`: for what blocks or takes the processor for long. Cancellation as above.
template <class Job>
awaitable<std::invoke_result_t<Job&>> offload(ThreadPool& pool, Job job) {
  using Result = std::invoke_result_t<Job&>;
  auto run = [](Job work) -> awaitable<Result> { co_return work(); };
  co_return co_await run_on(pool.executor(), run(std::move(job)));
}

}  // namespace acedt::async
