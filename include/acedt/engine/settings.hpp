#pragma once

#include <optional>

#include "acedt/base/units.hpp"
#include "acedt/http/proxy.hpp"
#include "acedt/net/certificates.hpp"
#include "acedt/net/dialer.hpp"
#include "acedt/plan/retry.hpp"
#include "acedt/registry/auth_files.hpp"
#include "acedt/registry/settings.hpp"

namespace acedt::engine {

/// How a command accesses registries, and how much of the machine it may use. Filled once, then const. These are the
/// defaults of the command line.
struct Settings {
  unsigned connections = 64;           ///< in total, 1 … 1024
  unsigned connections_per_host = 64;  ///< 1 … 1024
  std::optional<Bytes> memory = {};    ///< for connections, manifests and compression; unset: enough for full speed
  plan::Retry::Limits retry = {};
  net::Timeouts timeouts = {};
  net::CertificateFiles certificates = {};
  http::ProxyRules proxies = {};
  std::optional<Bytes> max_rate = {};                    ///< received per second, above 0; unset: no limit
  std::optional<unsigned> max_requests_per_second = {};  ///< above 0; unset: no limit
  registry::Settings registries = {};
  registry::AuthSearch auth_files = {};  ///< files with credentials
};

}  // namespace acedt::engine
