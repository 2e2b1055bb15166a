#pragma once

#include <map>
#include <string>
#include <vector>

#include "acedt/registry/rewrite.hpp"

namespace acedt::registry {

/// How the referrers of a manifest are asked for (OCI distribution-spec v1.1, "Listing Referrers").
enum class ReferrersSupport {
  automatic,  ///< the API, and the tag schema where the registry has no API
  api,
  tag,
};

/// What is configured for one endpoint.
struct EndpointSettings {
  bool insecure_skip_verify = false;  ///< its certificate is not verified
  ReferrersSupport referrers = ReferrersSupport::automatic;
};

/// How registries are reached: `registryConfig` of the configuration file.
struct Settings {
  /// Registry as references name it -> URLs to try in their order ("https://mirror.example:8443"); none: itself, over
  /// HTTPS.
  std::map<std::string, std::vector<std::string>> endpoints = {};
  /// URL of an endpoint, as endpoint_text() writes it (for a registry without endpoints: "https://REGISTRY") -> its
  /// settings.
  std::map<std::string, EndpointSettings> endpoint_settings = {};
  /// Registry -> rules for the names of its repositories, at all of its endpoints: the first that matches counts.
  std::map<std::string, std::vector<Rewrite>> rewrites = {};
};

}  // namespace acedt::registry
