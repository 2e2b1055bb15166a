#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "acedt/async/runtime.hpp"
#include "acedt/async/task_group.hpp"
#include "acedt/plan/retry.hpp"
#include "acedt/registry/transport.hpp"

namespace acedt::engine {

/// A job for one connection. Called on the thread of the transport, which outlives it. Reports its own outcome: an
/// exception from it ends the run, see Workers::watch().
using Work = std::function<async::awaitable<void>(registry::Transport&)>;

/// Thrown by Workers::perform() if its request was dropped. Not an Error, as there is nothing to report; not
/// cancellation either, which a task group would take for the end that it requested.
struct Dropped : std::exception {
  const char* what() const noexcept override { return "a request was dropped"; }
};

/// The connections of a run, spread over its threads. Each is a coroutine that takes the next job and does it.
///
/// Jobs are taken in order of priority, while their host has fewer active connections than plan::ConcurrencyLimit
/// allows. The connections of a host are spread evenly over the threads. A job that finds no free connection waits in a
/// heap of its host; a connection that finds no job waits for its thread's `idle` event. One mutex guards both, and is
/// never held over an await. Thread: control, except for the functions that say otherwise.
class Workers {
 public:
  struct Settings {
    unsigned connections;
    unsigned connections_per_host;
    registry::TransportSettings client;
  };

  Workers(async::Runtime& runtime, const Settings& settings, registry::Authorizer& authorizer,
          report::Counters& counters);
  ~Workers();

  /// Starts the connections. Call once; then stop() must be awaited.
  void start();
  /// Waits until the connections of a thread fail, and throws that failure. It belongs to no row.
  async::awaitable<void> watch();
  /// Cancels running jobs, drops the others, and waits until all connections have ended. Cannot be cancelled.
  async::awaitable<void> stop();

  /// The order of jobs: by row, then by part of the row, then by arrival. Lower comes first.
  struct Priority {
    std::uint64_t row = 0;
    std::uint64_t part = 0;
    auto operator<=>(const Priority&) const = default;
  };

  /// For jobs that only idle connections should take.
  static constexpr Priority when_idle{std::numeric_limits<std::uint64_t>::max() - 1, 0};

  /// Queues `work` for a connection to `host`, host[:port]. Does nothing after stop(), or if the row was dropped. Any
  /// thread.
  void push(Priority priority, const std::string& host, Work work);
  /// Returns true if all connections of some thread are idle. Any thread.
  bool has_idle_thread() const noexcept { return idle_threads_ > 0; }
  /// Call every 200 ms; `throughput` is what arrived since the last call. Gives busy hosts more connections while that
  /// raises it.
  void adapt(double throughput);
  /// `host` answered 429 or 503: halves its connections. Any thread.
  void too_busy(const std::string& host);
  /// Drops the jobs of `row` and of the rows after it, now and later.
  void drop_from(std::uint64_t row);

  /// Runs `request` on a connection and returns its result on the control thread. Throws what `request` throws; Dropped
  /// if it was dropped. `request` must own what it refers to, or refer to objects that outlive the workers: a cancelled
  /// caller does not wait for it.
  template <class Result, class Request>
  async::awaitable<Result> perform(std::uint64_t row, std::string host, Request request) {
    const auto outcome = std::make_shared<Outcome<Result>>(runtime_.control());
    auto promise = std::make_shared<Promise<Result>>(runtime_.control(), outcome);
    push({row}, host, [promise = std::move(promise), request = std::move(request)](registry::Transport& client) {
      return settle<Result>(client, request, promise);
    });
    while (!outcome->is_known) co_await outcome->known.wait();
    if (outcome->failure) std::rethrow_exception(outcome->failure);
    if (!outcome->value) throw Dropped();
    co_return std::move(*outcome->value);
  }

 private:
  struct Job {
    Priority priority;
    std::uint64_t number;  // order of arrival
    Work work;
    bool operator>(const Job& other) const {
      return std::tie(priority, number) > std::tie(other.priority, other.number);
    }
  };
  struct Host {
    Host(unsigned max_connections, std::size_t threads) : active_on(threads), limit(max_connections) {}

    /// Returns true if a connection of `thread` may take a job of this host. No thread may have more than its share:
    /// otherwise the first thread to start would take every slot of the host.
    bool has_room(std::size_t thread) const;

    std::vector<Job> jobs = {};  // a heap, the next one on top
    unsigned active = 0;
    std::vector<unsigned> active_on;  // per thread
    plan::ConcurrencyLimit limit;
  };
  struct Taken {
    Host* host;
    Work work;
  };
  struct Thread;

  /// The outcome of a request, for the caller on the control thread: neither value nor failure if it was dropped.
  template <class Result>
  struct Outcome {
    explicit Outcome(const async::Executor& control) : known(control) {}
    async::Event known;
    bool is_known = false;  // until then, only the thread of the request may use the members below
    std::optional<Result> value;
    std::exception_ptr failure;
  };

  /// Owned by the request. Its destructor wakes the caller, so that the caller never waits for a request that is gone,
  /// whether it ran, failed or was dropped.
  template <class Result>
  struct Promise {
    Promise(async::Executor of_control, std::shared_ptr<Outcome<Result>> of_request)
        : control(std::move(of_control)), outcome(std::move(of_request)) {}
    Promise(const Promise&) = delete;
    Promise& operator=(const Promise&) = delete;
    ~Promise() {
      asio::post(control, [outcome = std::move(outcome)] {
        outcome->is_known = true;
        outcome->known.wake_all();
      });
    }

    async::Executor control;
    std::shared_ptr<Outcome<Result>> outcome;
  };

  template <class Result, class Request>
  static async::awaitable<void> settle(registry::Transport& client, Request request,
                                       std::shared_ptr<Promise<Result>> promise) {
    try {
      promise->outcome->value = co_await request(client);
    } catch (...) {
      promise->outcome->failure = std::current_exception();
    }
  }

  async::awaitable<void> serve(Thread& thread);
  void ended(const std::exception_ptr& failure) noexcept;
  async::awaitable<void> work(Thread& thread);
  std::optional<Taken> take(Thread& thread);
  void finished(Host& host, const Thread& thread);
  /// Wakes a connection of the thread with the most idle ones, among the threads that may take a job of `host`. Call
  /// under the mutex.
  void wake_somebody(const Host& host);

  async::Runtime& runtime_;
  Settings settings_;
  std::mutex mutex_;  // guards hosts_, end_row_, stopping_ and the threads' idle counts
  std::map<std::string, Host> hosts_;
  std::uint64_t jobs_ = 0;
  std::uint64_t end_row_;  // jobs of this row and later ones are dropped
  bool stopping_ = false;
  std::vector<std::unique_ptr<Thread>> threads_;
  std::atomic<unsigned> idle_threads_ = 0;
  std::size_t serving_ = 0;  // threads whose connections have not all ended
  std::exception_ptr failure_;
  async::Event ended_;
};

}  // namespace acedt::engine
