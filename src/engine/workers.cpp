// A connection looks for a job, does it, and looks again. It becomes idle only under the mutex, after it found no job,
// and push() wakes an idle connection under the same mutex, so no job is left while a connection that could take it is
// idle. A job wakes one connection, of the thread with the most idle ones: bytes then stay on that thread, and threads
// get equal shares of work. A connection that finds no job for itself passes the wake-up on to one that may take it.

#include "acedt/engine/workers.hpp"

#include <asio/co_spawn.hpp>
#include <asio/post.hpp>

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>

namespace acedt::engine {

/// One thread: its transport, and its idle connections.
struct Workers::Thread {
  Thread(std::size_t number_of_thread, const async::Executor& of_thread, const Settings& settings,
         registry::Authorizer& authorizer, report::Counters& counters)
      : number(number_of_thread),
        executor(of_thread),
        client(of_thread, settings.client, authorizer, counters),
        idle(of_thread) {}

  std::size_t number;
  async::Executor executor;
  registry::Transport client;
  unsigned connections = 0;
  async::TaskGroup* group = nullptr;  // while its connections run
  async::Event idle;
  unsigned idle_count = 0;  // under the mutex; without those that are being woken
};

Workers::Workers(async::Runtime& runtime, const Settings& settings, registry::Authorizer& authorizer,
                 report::Counters& counters)
    : runtime_(runtime),
      settings_(settings),
      end_row_(std::numeric_limits<std::uint64_t>::max()),
      ended_(runtime.control()) {
  for (std::size_t i = 0; i < runtime.threads(); ++i) {
    threads_.push_back(std::make_unique<Thread>(i, runtime.executor(i), settings, authorizer, counters));
  }
  for (unsigned i = 0; i < settings.connections; ++i) ++threads_[i % threads_.size()]->connections;
}

Workers::~Workers() = default;

bool Workers::Host::has_room(std::size_t thread) const {
  const auto threads = static_cast<unsigned>(active_on.size());
  const unsigned share = (limit.now() + threads - 1) / threads;
  return active < limit.now() && active_on[thread] < share;
}

void Workers::start() {
  for (const auto& thread : threads_) {
    asio::co_spawn(thread->executor, serve(*thread), [this](const std::exception_ptr& failure) { ended(failure); });
    ++serving_;
  }
}

/// Called on the thread whose connections have ended. It is noexcept: if the end cannot be reported, the process ends,
/// as the run would wait for it forever.
void Workers::ended(const std::exception_ptr& failure) noexcept {
  asio::post(runtime_.control(), [this, failure] {
    --serving_;
    if (!failure_) failure_ = failure;
    ended_.wake_all();
  });
}

async::awaitable<void> Workers::watch() {
  while (!failure_) co_await ended_.wait();
  std::rethrow_exception(failure_);
}

async::awaitable<void> Workers::stop() {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (auto& [name, host] : hosts_) host.jobs.clear();
  }
  for (const auto& thread : threads_) {
    asio::post(thread->executor, [group = &thread->group] {
      if (*group != nullptr) (*group)->cancel();
    });
  }
  while (serving_ > 0) co_await ended_.wait();
}

async::awaitable<void> Workers::serve(Thread& thread) {
  std::exception_ptr failure;
  try {
    auto connections = [&thread, this](async::TaskGroup& group) -> async::awaitable<void> {
      thread.group = &group;
      group.spawn(thread.client.watch_for_stragglers());
      for (unsigned i = 0; i < thread.connections; ++i) group.spawn(work(thread));
      co_await group.join();
    };
    co_await async::with_group(std::move(connections));
  } catch (...) {
    failure = std::current_exception();
  }
  thread.group = nullptr;
  thread.client.close();
  if (failure) std::rethrow_exception(failure);
}

async::awaitable<void> Workers::work(Thread& thread) {
  for (;;) {
    std::optional<Taken> job = take(thread);
    if (!job) {
      co_await thread.idle.wait();
      continue;
    }
    co_await job->work(thread.client);
    finished(*job->host, thread);
  }
}

std::optional<Workers::Taken> Workers::take(Thread& thread) {
  const std::lock_guard lock(mutex_);
  Host* next = nullptr;
  for (auto& [name, host] : hosts_) {
    if (host.jobs.empty() || !host.has_room(thread.number)) continue;
    if (next == nullptr || next->jobs.front() > host.jobs.front()) next = &host;
  }
  if (next == nullptr) {
    if (++thread.idle_count == thread.connections) ++idle_threads_;
    for (auto& [name, host] : hosts_) {
      if (!host.jobs.empty()) wake_somebody(host);
    }
    return std::nullopt;
  }
  std::pop_heap(next->jobs.begin(), next->jobs.end(), std::greater<>());
  Taken taken{next, std::move(next->jobs.back().work)};
  next->jobs.pop_back();
  ++next->active;
  ++next->active_on[thread.number];
  return taken;
}

void Workers::finished(Host& host, const Thread& thread) {
  const std::lock_guard lock(mutex_);
  --host.active;
  --host.active_on[thread.number];
}

void Workers::push(Priority priority, const std::string& host, Work work) {
  const std::lock_guard lock(mutex_);
  if (stopping_ || priority.row >= end_row_) return;
  Host& of_job = hosts_.try_emplace(host, settings_.connections_per_host, threads_.size()).first->second;
  of_job.jobs.push_back({priority, jobs_++, std::move(work)});
  std::push_heap(of_job.jobs.begin(), of_job.jobs.end(), std::greater<>());
  wake_somebody(of_job);
}

void Workers::adapt(double throughput) {
  const std::lock_guard lock(mutex_);
  for (auto& [name, host] : hosts_) {
    const unsigned before = host.limit.now();
    if (host.jobs.empty() || host.active < before) continue;
    host.limit.was_full(throughput);
    for (unsigned more = before; more < host.limit.now(); ++more) wake_somebody(host);
  }
}

void Workers::too_busy(const std::string& host) {
  const std::lock_guard lock(mutex_);
  const auto found = hosts_.find(host);
  if (found != hosts_.end()) found->second.limit.too_busy();
}

void Workers::wake_somebody(const Host& host) {
  Thread* idlest = nullptr;
  for (const auto& thread : threads_) {
    if (thread->idle_count == 0 || !host.has_room(thread->number)) continue;
    if (idlest == nullptr || idlest->idle_count < thread->idle_count) idlest = thread.get();
  }
  if (idlest == nullptr) return;
  if (idlest->idle_count-- == idlest->connections) --idle_threads_;
  // The coroutine that raised `idle_count` is suspended in wait() before this handler runs.
  asio::post(idlest->executor, [idlest] { idlest->idle.wake_one(); });
}

void Workers::drop_from(std::uint64_t row) {
  const std::lock_guard lock(mutex_);
  end_row_ = std::min(end_row_, row);
  for (auto& [name, host] : hosts_) {
    std::erase_if(host.jobs, [this](const Job& job) { return job.priority.row >= end_row_; });
    std::make_heap(host.jobs.begin(), host.jobs.end(), std::greater<>());
  }
}

}  // namespace acedt::engine
