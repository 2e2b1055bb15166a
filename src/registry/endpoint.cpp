#include "acedt/registry/endpoint.hpp"

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/http/url.hpp"
#include "acedt/oci/reference.hpp"

namespace acedt::registry {
namespace {

http::Url parse_url(std::string_view url) {
  http::Url parsed = http::Url::parse(url);
  if (parsed.target.find('?') != std::string::npos)
    throw Error(ErrorKind::bad_input, "url " + quoted(parsed.display()) + ": a query is not allowed");
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

std::vector<Endpoint> endpoints_of(const Settings& settings, const std::string& registry) {
  std::vector<std::string> urls;
  const auto configured = settings.endpoints.find(registry);
  if (configured != settings.endpoints.end()) urls = configured->second;
  const bool is_configured = !urls.empty();
  if (!is_configured) urls.push_back("https://" + registry);
  std::vector<Endpoint> endpoints;
  for (const std::string& url : urls) {
    Endpoint endpoint = parse_endpoint(url);
    endpoint.may_be_plain = !is_configured;
    endpoint.target.registry = is_configured ? endpoint.target.origin.authority() : registry;
    const auto found = settings.endpoint_settings.find(endpoint_text(url));
    if (found != settings.endpoint_settings.end()) {
      endpoint.target.verify = !found->second.insecure_skip_verify;
      endpoint.referrers = found->second.referrers;
    }
    endpoints.push_back(std::move(endpoint));
  }
  return endpoints;
}

std::string rewritten(const Settings& settings, const std::string& registry, const std::string& repository) {
  const auto rules = settings.rewrites.find(registry);
  if (rules == settings.rewrites.end()) return repository;
  for (const Rewrite& rule : rules->second) {
    const std::optional<std::string> name = rule.apply(repository);
    if (!name) continue;
    if (is_repository(*name)) return *name;
    throw Error(ErrorKind::usage, "rewritePull " + quoted(rule.pattern()) + " of " + registry + " makes " +
                                      quoted(*name) + " of " + quoted(repository) + ", which is no repository");
  }
  return repository;
}

}  // namespace acedt::registry
