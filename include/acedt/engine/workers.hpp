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

#include "acedt/async/event.hpp"
#include "acedt/async/runtime.hpp"
#include "acedt/async/task_group.hpp"
#include "acedt/plan/concurrency_limit.hpp"
#include "acedt/registry/transport.hpp"

namespace acedt::engine {

/// Something that takes a connection. Called on the thread of the client, which outlives it; reports its own outcome.
/// What it throws nevertheless ends the run: Workers::watch().
using Work = std::function<async::awaitable<void>(registry::Transport&)>;

/// Thrown to who waits for a request that was dropped. Neither an Error, as there is nothing to tell anybody, nor
/// cancellation, which a task group takes for the end that it asked for.
struct Dropped : std::exception {
  const char* what() const noexcept override { return "a request was dropped"; }
};

/// The connections of a run, spread over its threads: each is a coroutine that takes the next job and does it.
///
/// Jobs are taken in their order, as long as their host has less than the connections that it is given:
/// plan::ConcurrencyLimit. These are spread evenly over the threads. push() may be called on any thread, all else on
/// that of control.
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

  void start();
  /// Waits until the connections of a thread fail, which is no fault of a row, and throws that failure.
  async::awaitable<void> watch();
  /// Cancels what is under way, drops the rest, and waits until all connections have ended. Must be awaited.
  async::awaitable<void> stop();

  /// When it is the turn of a job: by its row, then by its part of the row, then by when it came.
  struct Priority {
    std::uint64_t row = 0;
    std::uint64_t part = 0;
    auto operator<=>(const Priority&) const = default;
  };

  /// For jobs that others can do without.
  static constexpr Priority when_idle{std::numeric_limits<std::uint64_t>::max() - 1, 0};

  void push(Priority priority, const std::string& host, Work work);
  /// Whether there is a thread none of whose connections has anything to do. Any thread.
  bool has_idle_thread() const noexcept { return idle_threads_ > 0; }
  /// To be called five times a second, with how much came since: gives hosts more connections while that helps.
  void adapt(double throughput);
  /// `host` asks for patience: fewer connections to it. Any thread.
  void too_busy(const std::string& host);
  /// Jobs of `row` and of those behind it will not be needed any more.
  void drop_from(std::uint64_t row);

  /// Runs `request` on a connection and returns its result here; throws Dropped where it is dropped. `request` must own
  /// what it refers to, or refer to what outlives the workers: a caller that is cancelled does not wait for it.
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
    std::uint64_t number;  // in the order in which they came
    Work work;
    bool operator>(const Job& other) const {
      return std::tie(priority, number) > std::tie(other.priority, other.number);
    }
  };
  struct Host {
    Host(unsigned most, std::size_t threads) : active_on(threads), limit(most) {}

    /// No thread has more than its share: else one that comes first has them all, as who is done takes the next job.
    bool has_room(std::size_t thread) const;

    std::vector<Job> jobs = {};  // a heap, the first one to do on top
    unsigned active = 0;
    std::vector<unsigned> active_on;  // each thread
    plan::ConcurrencyLimit limit;
  };
  struct Taken {
    Host* host;
    Work work;
  };
  struct Thread;

  /// What came of a request, for who waits for it on the thread of control: nothing, where it was dropped.
  template <class Result>
  struct Outcome {
    explicit Outcome(const async::Executor& control) : known(control) {}
    async::Event known;
    bool is_known = false;  // before that, what follows is for the thread of the request alone
    std::optional<Result> value;
    std::exception_ptr failure;
  };

  /// Goes with the request, and tells when it goes: so whatever becomes of it, nobody waits for ever.
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
  /// A connection of the thread that has most of them idle, of those that may take a job of `host`.
  void wake_somebody(const Host& host);

  async::Runtime& runtime_;
  Settings settings_;
  std::mutex mutex_;  // of hosts_, end_row_, stopping_ and the threads' idle counts
  std::map<std::string, Host> hosts_;
  std::uint64_t jobs_ = 0;
  std::uint64_t end_row_;  // jobs of this row and behind it are dropped
  bool stopping_ = false;
  std::vector<std::unique_ptr<Thread>> threads_;
  std::atomic<unsigned> idle_threads_ = 0;
  std::size_t serving_ = 0;  // threads whose connections have not all ended
  std::exception_ptr failure_;
  async::Event ended_;
};

}  // namespace acedt::engine
