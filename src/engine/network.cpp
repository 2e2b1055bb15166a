// Transports run on many threads, observers on the control thread: every callback of a transport is posted there.

#include "acedt/engine/network.hpp"

#include <asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <memory>
#include <random>
#include <utility>

#include "acedt/async/timeout.hpp"
#include "acedt/net/tls.hpp"

namespace acedt::engine {
namespace {

using namespace std::chrono_literals;

constexpr auto tick_interval = 200ms;
constexpr double rate_burst = 0.05;  // seconds' worth of bytes that may arrive at once

/// Returns a bucket that holds `seconds` of tokens, at least one; null if there is no limit.
std::shared_ptr<net::TokenBucket> bucket(std::optional<std::uint64_t> per_second, double seconds) {
  if (!per_second) return nullptr;
  const auto rate = static_cast<double>(*per_second);
  return std::make_shared<net::TokenBucket>(rate, std::max(1.0, rate * seconds));
}

double random_fraction() {
  thread_local std::minstd_rand random(std::random_device{}());
  return std::uniform_real_distribution<double>()(random);
}

}  // namespace

Network::Network(async::Runtime& runtime, const Settings& settings, const Limits& limits, report::Observer& observer,
                 report::Counters& counters, OnQuota on_quota)
    : observer_(observer),
      counters_(counters),
      transport_settings_(transport_settings(runtime, settings, limits, observer, std::move(on_quota))),
      registries_(
          runtime.control(), settings.registries,
          [files = settings.auth_files] { return registry::read_credentials(files); }, transport_settings_, counters),
      workers_(runtime, {limits.connections, settings.connections_per_host, transport_settings_}, registries_,
               counters) {}

registry::TransportSettings Network::transport_settings(async::Runtime& runtime, const Settings& settings,
                                                        const Limits& limits, report::Observer& observer,
                                                        OnQuota on_quota) {
  const auto tell = [control = runtime.control(), &observer](report::What what) {
    asio::post(control, [&observer, what = std::move(what)] { report::tell(observer, what); });
  };
  const auto warn = [tell](const std::string& text) { tell(report::Warning{text}); };
  std::optional<std::uint64_t> max_rate;
  if (settings.max_rate) max_rate = settings.max_rate->count;

  registry::TransportSettings transport;
  transport.timeouts = settings.timeouts;
  transport.retry = settings.retry;
  transport.tls = std::make_shared<net::Tls>(settings.certificates, warn);
  transport.proxies = settings.proxies;
  transport.bytes = bucket(max_rate, rate_burst);
  transport.requests = bucket(settings.max_requests_per_second, 0);
  transport.receive_buffer = limits.receive_buffer;
  transport.idle_connections = limits.idle_connections;
  transport.on_retry = [tell](const report::Retrying& event) { tell(event); };
  transport.on_pause = [tell](const report::HostPaused& event) { tell(event); };
  transport.on_recovery = [tell](const report::HostRecovered& event) { tell(event); };
  transport.on_warning = warn;
  transport.on_busy = [this](const std::string& host) { workers_.too_busy(host); };
  transport.on_quota = [control = runtime.control(), on_quota = std::move(on_quota)](const std::string& registry,
                                                                                     http::Quota left) {
    asio::post(control, [on_quota, registry, left] { on_quota(registry, left); });
  };
  transport.jitter = random_fraction;
  return transport;
}

async::awaitable<void> Network::run(Spawn spawn) {
  std::exception_ptr failure;
  try {
    workers_.start();
    auto body = [this, &spawn](async::TaskGroup& group) -> async::awaitable<void> {
      group.spawn(workers_.watch());
      group.spawn(tick());
      spawn(group);
      co_await group.join();
    };
    co_await async::with_group(std::move(body));
  } catch (...) {
    failure = std::current_exception();
  }
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await workers_.stop();
  registries_.close();
  observer_.tick(std::chrono::steady_clock::now(), counters_);  // all that was counted
  if (failure) std::rethrow_exception(failure);
}

async::awaitable<void> Network::tick() {
  constexpr double cost_of_a_request = 32 << 10;  // bytes that count as much as one request
  double before = 0;
  for (;;) {
    observer_.tick(std::chrono::steady_clock::now(), counters_);
    const double done = static_cast<double>(counters_.bytes_sent + counters_.bytes_received) +
                        cost_of_a_request * static_cast<double>(counters_.requests);
    workers_.adapt(done - std::exchange(before, done));
    co_await async::sleep(tick_interval);
  }
}

}  // namespace acedt::engine
