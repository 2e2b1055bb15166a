#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "acedt/base/units.hpp"
#include "acedt/codec/compression.hpp"
#include "acedt/http/proxy.hpp"
#include "acedt/net/certificates.hpp"
#include "acedt/net/dialer.hpp"
#include "acedt/plan/retry.hpp"
#include "acedt/plan/scope.hpp"
#include "acedt/registry/auth_files.hpp"
#include "acedt/registry/settings.hpp"

namespace acedt::batch {

/// What the user asked of `mirror batch-serialize`. Filled once, then const. The defaults of the command line are here.
struct Options {
  std::filesystem::path batch_list = {};
  std::filesystem::path sync_directory = {};
  std::string tracker_filename = "record-keeping.csv";
  codec::Compression compression = codec::Compression::none;
  std::optional<int> compression_level = {};  ///< within codec::level_range; nothing: the usual one
  bool manifest_json = false;
  bool recursive = false;  ///< referrers too
  plan::DedupScope dedup = plan::DedupScope::folder;
  unsigned connections = 64;           ///< in all, 1 … 1024
  unsigned connections_per_host = 64;  ///< 1 … 1024
  std::optional<Bytes> memory = {};    ///< for connections, manifests and compression; unset: enough
  bool keep_going = false;             ///< past rows that fail
  plan::Retry::Limits retry = {};
  net::Patience patience = {};
  net::CertificateFiles certificates = {};
  http::ProxyRules proxies = {};
  std::optional<Bytes> max_rate = {};                    ///< received in a second, above 0; nothing: any
  std::optional<unsigned> max_requests_per_second = {};  ///< above 0
  registry::Settings registries = {};
  registry::AuthSearch auth_files = {};  ///< with credentials
  std::string version = ACEDT_VERSION;   ///< goes into the annotations of every index.json
};

}  // namespace acedt::batch
