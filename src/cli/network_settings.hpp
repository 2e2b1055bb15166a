#pragma once

#include <vector>

#include "acedt/cli/settings.hpp"

namespace acedt::cli {

/// Certificates to trust beside the system's.
extern const Setting ca_file;

/// The settings of commands that talk to registries: connections, memory, patience, rates, certificates.
const std::vector<const Setting*>& network_settings();

/// The folders in which docker, podman, containerd and the reference keep the certificates of hosts.
std::vector<std::filesystem::path> certificate_folders(const Environment& environment);

/// The proxies that the environment names. A variable in lower case comes before the same one in upper case.
http::ProxyRules proxies(const Environment& environment);

}  // namespace acedt::cli
