// std::thread reports that there is no further thread by std::system_error. It becomes an Error with a hint, as
// containers limit threads; a pool that could not start completely joins those that it started.

#include "acedt/async/thread_pool.hpp"

#include <system_error>
#include <utility>

#include "acedt/base/error.hpp"

namespace acedt::async {

std::thread start_thread(std::function<void()> work) {
  try {
    return std::thread(std::move(work));
  } catch (const std::system_error& problem) {
    throw Error(ErrorKind::internal, "start a thread: " + problem.code().message())
        .hint("raise the limit on processes and threads (ulimit -u) or on memory (ulimit -v)");
  }
}

ThreadPool::ThreadPool(std::size_t threads)
    : context_(static_cast<int>(threads)), open_(asio::make_work_guard(context_)) {
  threads_.reserve(threads);
  try {
    while (threads_.size() < threads) threads_.push_back(start_thread([this] { context_.run(); }));
  } catch (...) {
    join();
    throw;
  }
}

ThreadPool::~ThreadPool() {
  context_.stop();
  join();
}

void ThreadPool::join() {
  open_.reset();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace acedt::async
