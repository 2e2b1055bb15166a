#pragma once

#include <vector>

#include "acedt/cli/settings.hpp"

namespace acedt::cli {

/// Certificates to trust in addition to the system's.
extern const Setting ca_file;

/// --commit-timeout: how long a registry may take to store what it received.
extern const Setting commit_timeout;

/// Returns the settings of commands that access registries: connections, memory, timeouts, rates, certificates.
const std::vector<const Setting*>& network_settings();

/// Returns the folders in which docker, podman, containerd and the reference look for the certificates of hosts.
std::vector<std::filesystem::path> certificate_folders(const Environment& environment);

/// Returns the proxies that the environment names. A lower-case variable takes precedence over an upper-case one.
http::ProxyRules proxies(const Environment& environment);

}  // namespace acedt::cli
