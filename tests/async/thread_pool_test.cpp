#include "acedt/async/thread_pool.hpp"

#include <doctest/doctest.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <asio/post.hpp>

#include <atomic>
#include <fstream>
#include <string>

#include "acedt/base/error.hpp"

using namespace acedt;
using async::ThreadPool;

namespace {

/// Makes stacks so large that there is room for two more threads.
void limit_threads() {
  constexpr rlim_t stack = 4ULL << 30;
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, stack);
  ::pthread_setattr_default_np(&attributes);
  std::ifstream statm("/proc/self/statm");
  rlim_t pages = 0;
  statm >> pages;
  const rlim_t max_size = pages * static_cast<rlim_t>(::getpagesize()) + 2 * stack + stack / 2;
  const rlimit limit{max_size, max_size};
  ::setrlimit(RLIMIT_AS, &limit);
}

/// Returns what happens to a pool if only some of its threads can be started.
int pool_of_too_many() {
  limit_threads();
  try {
    ThreadPool pool(4);
  } catch (const Error& error) {
    return error.kind() == ErrorKind::internal && std::string(error.what()).starts_with("start a thread: ") ? 0 : 1;
  }
  return 2;
}

}  // namespace

TEST_CASE("a pool runs posted jobs on its threads and joins them") {
  ThreadPool pool(3);
  std::atomic<int> done = 0;
  for (int i = 0; i < 100; ++i) asio::post(pool.executor(), [&done] { ++done; });
  pool.join();
  CHECK(done == 100);
}

TEST_CASE("a pool whose threads cannot all be started throws without waiting") {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::alarm(60);  // never reached: ends a process that hangs
    ::_exit(pool_of_too_many());
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
