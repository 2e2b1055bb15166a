#pragma once

#include <map>
#include <optional>
#include <regex>
#include <string>
#include <vector>

namespace acedt::registry {

/// How the referrers of a manifest are listed (OCI distribution-spec v1.1, "Listing Referrers").
enum class ReferrersSupport {
  automatic,  ///< by the API; by the tag schema if the registry has no API
  api,
  tag,
};

/// Settings of one endpoint.
struct EndpointSettings {
  bool insecure_skip_verify = false;  ///< do not verify its certificate
  ReferrersSupport referrers = ReferrersSupport::automatic;
};

/// A rule of `rewritePull`: replaces a part of the names of repositories.
class Rewrite {
 public:
  /// `pattern` is a regular expression of ECMAScript, which may match anywhere in the name; in `replacement`, $1 or
  /// ${1} stands for its first group, $0 for the whole match and $$ for a dollar. Throws Error(usage).
  static Rewrite parse(const std::string& pattern, const std::string& replacement);

  /// `name` with all matches replaced; unset if there is none. Throws Error(bad_input) for a name above 1000 characters
  /// and for a match that is too complex.
  std::optional<std::string> apply(const std::string& name) const;

  const std::string& pattern() const noexcept { return pattern_; }
  const std::string& replacement() const noexcept { return replacement_; }

 private:
  std::string pattern_;
  std::string replacement_;
  std::regex compiled_;
  std::string format_;  // the replacement as std::regex_replace reads it
};

/// How registries are reached: `registryConfig` of the configuration file.
struct Settings {
  /// Registry, as references name it -> URLs to try in their order ("https://mirror.example:8443"). A registry without
  /// URLs is reached by its own name, over HTTPS.
  std::map<std::string, std::vector<std::string>> endpoints = {};
  /// URL of an endpoint, as endpoint_text() writes it (for a registry without endpoints: "https://REGISTRY") -> its
  /// settings.
  std::map<std::string, EndpointSettings> endpoint_settings = {};
  /// Registry -> rules for the names of its repositories, at all of its endpoints: the first that matches applies.
  std::map<std::string, std::vector<Rewrite>> rewrites = {};
};

}  // namespace acedt::registry
