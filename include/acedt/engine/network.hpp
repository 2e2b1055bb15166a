#pragma once

#include <functional>
#include <string>

#include "acedt/async/runtime.hpp"
#include "acedt/async/task_group.hpp"
#include "acedt/engine/settings.hpp"
#include "acedt/engine/workers.hpp"
#include "acedt/registry/registries.hpp"
#include "acedt/report/observer.hpp"

namespace acedt::engine {

/// The connections of a run to registries, and everything they share: settings, credentials, limits. Thread: control.
class Network {
 public:
  /// Share of the machine that the network may use.
  struct Limits {
    unsigned connections = 0;           ///< in total
    Bytes receive_buffer = {};          ///< of each connection
    std::size_t idle_connections = 64;  ///< kept open per thread
  };
  /// Called on the control thread when a registry says how many requests it will still answer.
  using OnQuota = std::function<void(const std::string& registry, http::Quota left)>;
  /// Spawns the coroutines of a run.
  using Spawn = std::function<void(async::TaskGroup& group)>;

  /// Everything passed by reference must outlive the network. `observer` is told of retries and warnings, on the
  /// control thread. Throws Error(usage) if a certificate file has no usable certificate, or if the credentials file
  /// that the user named does not exist; Error(storage) if a certificate file cannot be read; Error(unauthorized) if
  /// the named credentials file cannot be.
  Network(async::Runtime& runtime, const Settings& settings, const Limits& limits, report::Observer& observer,
          report::Counters& counters, OnQuota on_quota);

  registry::Registries& registries() noexcept { return registries_; }
  Workers& workers() noexcept { return workers_; }

  /// Starts the workers, calls `spawn(group)` and joins the group. Calls observer.tick() five times a second. The
  /// group's coroutines and the workers fail together. On every way out, cancels all requests and closes all
  /// connections, and the caller cannot be cancelled any more. Throws the first failure. Call it once.
  async::awaitable<void> run(Spawn spawn);

 private:
  registry::TransportSettings transport_settings(async::Runtime& runtime, const Settings& settings,
                                                 const Limits& limits, report::Observer& observer, OnQuota on_quota);

  async::awaitable<void> tick();

  report::Observer& observer_;
  report::Counters& counters_;
  registry::TransportSettings transport_settings_;
  registry::Registries registries_;
  Workers workers_;
};

}  // namespace acedt::engine
