#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "acedt/http/field_values.hpp"
#include "acedt/net/target.hpp"
#include "acedt/registry/settings.hpp"

namespace acedt::registry {

/// Where a registry or a mirror of it answers requests.
///
/// A path in the URL leads to the API; `/v2` is added unless it is in the path. What follows `/v2` is put before the
/// names of repositories. So https://nexus.example/repository/hub means https://nexus.example/repository/hub/v2/NAME/…,
/// and https://harbor.example/v2/hub means https://harbor.example/v2/hub/NAME/….
struct Endpoint {
  net::Target target = {};
  std::string root = "/v2";  ///< of the API (OCI distribution-spec v1.1, "Endpoints")
  std::string prefix = {};   ///< "hub/"
  ReferrersSupport referrers = ReferrersSupport::automatic;
  bool may_be_plain = false;                     ///< use plain HTTP if it is on this machine and has no TLS
  std::vector<http::Challenge> challenges = {};  ///< of its greeting; empty before that
};

/// Reads an endpoint from its URL. Throws Error(bad_input).
Endpoint parse_endpoint(std::string_view url);

/// The URL as a key of Settings::endpoint_settings: without the default port of its scheme and slashes at the end.
/// Throws Error(bad_input).
std::string endpoint_text(std::string_view url);

/// The endpoints of `registry` in the order in which to ask them: as configured, else the registry itself over HTTPS.
std::vector<Endpoint> endpoints_of(const Settings& settings, const std::string& registry);

/// The endpoint with `authority`, host[:port]: as configured for any registry, else as a registry of that name.
Endpoint endpoint_at(const Settings& settings, const std::string& authority);

/// The name of a repository at the endpoints of `registry`, after the first rule that matches. Throws Error(usage) if
/// the rule makes an invalid name, Error(bad_input) as Rewrite::apply().
std::string rewritten(const Settings& settings, const std::string& registry, const std::string& repository);

}  // namespace acedt::registry
