#include "acedt/registry/endpoint.hpp"

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/http/url.hpp"
#include "acedt/oci/reference.hpp"

namespace acedt::registry {
namespace {

http::Url parse_url(std::string_view url) {
  if (url.find('@') != url.npos)  // wherever that is: a password may have a '#', '/' or '?' in it
    throw Error(ErrorKind::bad_input, "url " + in_quotes(redacted_url(url)) + ": a user is not allowed")
        .hint("leave user and password out of it, and use `ace-dt login`");
  http::Url parsed = http::Url::parse(url);
  if (parsed.target.find('?') != std::string::npos)
    throw Error(ErrorKind::bad_input, "url " + in_quotes(parsed.display()) + ": a query is not allowed")
        .hint("leave out what follows the '?'");
  parsed.target.erase(parsed.target.find_last_not_of('/') + 1);
  return parsed;
}

bool is_repository(const std::string& name) {
  try {
    return oci::Reference::parse("registry.invalid/" + name).repository == name;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

Endpoint parse_endpoint(std::string_view url) {
  const http::Url parsed = parse_url(url);
  Endpoint endpoint{{parsed.origin}};
  // Docker Hub's registry has another name than its references.
  std::string& host = endpoint.target.origin.host;
  if (host == "docker.io" || host == "index.docker.io") host = "registry-1.docker.io";
  const std::string path = parsed.target + "/";
  const std::size_t version = path.find("/v2/");
  endpoint.root = path.substr(0, version == path.npos ? path.size() - 1 : version) + "/v2";
  if (version != path.npos) endpoint.prefix = path.substr(version + 4);
  return endpoint;
}

std::string endpoint_text(std::string_view url) {
  const http::Url parsed = parse_url(url);
  return parsed.origin.text() + parsed.target;
}

namespace {

Endpoint with_settings(const Settings& settings, const std::string& url) {
  Endpoint endpoint = parse_endpoint(url);
  const auto found = settings.endpoint_settings.find(endpoint_text(url));
  if (found == settings.endpoint_settings.end()) return endpoint;
  endpoint.target.verify = !found->second.insecure_skip_verify;
  endpoint.referrers = found->second.referrers;
  return endpoint;
}

}  // namespace

std::vector<Endpoint> endpoints_of(const Settings& settings, const std::string& registry) {
  std::vector<Endpoint> endpoints;
  const auto configured = settings.endpoints.find(registry);
  if (configured == settings.endpoints.end() || configured->second.empty()) {
    endpoints.push_back(with_settings(settings, "https://" + registry));
    endpoints.front().may_be_plain = true;
    endpoints.front().target.registry = registry;
    return endpoints;
  }
  for (const std::string& url : configured->second) {
    Endpoint endpoint = with_settings(settings, url);
    endpoint.target.registry = endpoint.target.origin.authority();
    endpoints.push_back(std::move(endpoint));
  }
  return endpoints;
}

Endpoint endpoint_at(const Settings& settings, const std::string& authority) {
  for (const auto& [registry, urls] : settings.endpoints) {
    for (Endpoint& endpoint : endpoints_of(settings, registry)) {
      if (endpoint.target.origin.authority() == authority) return std::move(endpoint);
    }
  }
  Endpoint endpoint = with_settings(settings, "https://" + authority);
  endpoint.may_be_plain = true;
  endpoint.target.registry = authority;
  return endpoint;
}

std::string rewritten(const Settings& settings, const std::string& registry, const std::string& repository) {
  const auto rules = settings.rewrites.find(registry);
  if (rules == settings.rewrites.end()) return repository;
  for (const Rewrite& rule : rules->second) {
    const std::optional<std::string> name = rule.apply(repository);
    if (!name) continue;
    if (is_repository(*name)) return *name;
    throw Error(ErrorKind::usage, "rewritePull " + in_quotes(rule.pattern()) + " of " + registry + " makes " +
                                      in_quotes(*name) + " of " + in_quotes(repository) + ", which is no repository")
        .hint("correct the rule in the configuration file: a repository has parts of a-z, 0-9, . _ - between slashes");
  }
  return repository;
}

}  // namespace acedt::registry
