#pragma once

#include <functional>
#include <string>

#include "acedt/async/runtime.hpp"
#include "acedt/engine/settings.hpp"
#include "acedt/engine/workers.hpp"
#include "acedt/registry/registries.hpp"
#include "acedt/report/observer.hpp"

namespace acedt::engine {

/// What a run's connections to registries have in common, and the connections themselves. Thread: control.
class Network {
 public:
  /// What the network may take of the machine.
  struct Limits {
    unsigned connections = 0;           ///< in total
    Bytes receive_buffer = {};          ///< of each connection
    std::size_t idle_connections = 64;  ///< kept open per thread
  };
  /// Called on the control thread when a registry says how many requests it still answers.
  using OnQuota = std::function<void(const std::string& registry, http::Quota left)>;

  /// Everything passed by reference must outlive the network. `observer` is told of retries and warnings, on the
  /// control thread. Throws Error(usage) if a certificate file cannot be used, Error(unauthorized) if a file with
  /// credentials cannot be read.
  Network(async::Runtime& runtime, const Settings& settings, const Limits& limits, report::Observer& observer,
          report::Counters& counters, OnQuota on_quota);

  registry::Registries& registries() noexcept { return registries_; }
  Workers& workers() noexcept { return workers_; }

  /// Ends all requests and closes all connections. Must be awaited once the workers were started.
  async::awaitable<void> stop();

 private:
  registry::TransportSettings transport_settings(async::Runtime& runtime, const Settings& settings,
                                                 const Limits& limits, report::Observer& observer, OnQuota on_quota);

  registry::TransportSettings transport_settings_;
  registry::Registries registries_;
  Workers workers_;
};

}  // namespace acedt::engine
