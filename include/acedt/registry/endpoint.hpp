#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "acedt/http/field_values.hpp"
#include "acedt/net/target.hpp"
#include "acedt/registry/settings.hpp"

namespace acedt::registry {

/// Where a registry, or a mirror of it, is asked.
///
/// A path in the URL is that of the API, with `/v2` behind it where it does not have one already; what follows `/v2`
/// goes before the names of repositories. So https://nexus.example/repository/hub means
/// https://nexus.example/repository/hub/v2/NAME/…, and https://harbor.example/v2/hub means
/// https://harbor.example/v2/hub/NAME/….
struct Endpoint {
  net::Target target = {};
  std::string root = "/v2";  ///< of the API (OCI distribution-spec v1.1, "Endpoints")
  std::string prefix = {};   ///< "hub/"
  ReferrersSupport referrers = ReferrersSupport::automatic;
  bool may_be_plain = false;                     ///< without TLS, if it is on this machine and has none
  std::vector<http::Challenge> challenges = {};  ///< that it greeted us with, if it did
};

/// The endpoint of `url`. Throws Error(bad_input).
Endpoint parse_endpoint(std::string_view url);

/// The URL as it is looked up in Settings::endpoint_settings: without the scheme's own port and a slash at the end.
/// Throws Error(bad_input).
std::string endpoint_text(std::string_view url);

/// Those of `registry`, in the order in which they are asked: as configured, else itself, over HTTPS.
std::vector<Endpoint> endpoints_of(const Settings& settings, const std::string& registry);

/// The one that requests to `authority`, host[:port], go to: as configured for any registry, else as a registry itself.
Endpoint endpoint_at(const Settings& settings, const std::string& authority);

/// What a repository of `registry` is called there: by the first rule that matches. Throws Error(usage) where that is
/// no name for a repository.
std::string rewritten(const Settings& settings, const std::string& registry, const std::string& repository);

}  // namespace acedt::registry
