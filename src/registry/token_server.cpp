#include "acedt/registry/token_server.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "acedt/base/text.hpp"

namespace acedt::registry {
namespace {

/// Second labels under which countries register names.
constexpr std::array<std::string_view, 17> under_countries = {
    "ac", "co", "com", "edu", "go", "gob", "gouv", "gov", "ltd", "me", "ne", "net", "nhs", "or", "org", "plc", "sch"};

/// Domains whose hosts belong to strangers.
constexpr std::array<std::string_view, 33> shared_domains = {"azurecontainerapps.io",
                                                             "cloudfunctions.net",
                                                             "ngrok-free.app",
                                                             "on.aws",
                                                             "trycloudflare.com",
                                                             "azure.com",
                                                             "firebaseapp.com",
                                                             "jfrog.io",
                                                             "onrender.com",
                                                             "r2.dev",
                                                             "sslip.io",
                                                             "web.app",
                                                             "windows.net",
                                                             "amazonaws.com",
                                                             "appspot.com",
                                                             "azurecr.io",
                                                             "azurewebsites.net",
                                                             "cloudapp.net",
                                                             "cloudfront.net",
                                                             "duckdns.org",
                                                             "fly.dev",
                                                             "github.io",
                                                             "gitlab.io",
                                                             "googleapis.com",
                                                             "herokuapp.com",
                                                             "netlify.app",
                                                             "ngrok.io",
                                                             "nip.io",
                                                             "pages.dev",
                                                             "pkg.dev",
                                                             "run.app",
                                                             "vercel.app",
                                                             "workers.dev"};

/// Domain of a registry, its token server: where the names do not tell.
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> known_pairs = {{
    {"docker.com", "auth.docker.io"},  // registry.hub.docker.com
    {"scw.cloud", "api.scaleway.com"},
}};

template <class Things, class Thing>
bool contains(const Things& things, const Thing& thing) {
  return std::find(things.begin(), things.end(), thing) != things.end();
}

bool is_address(std::string_view host) {
  return host.find(':') != std::string_view::npos || host.find_first_not_of("0123456789.") == std::string_view::npos;
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "::1" || (host.starts_with("127.") && is_address(host));
}

/// The domain that somebody registered, as far as a name shows it; empty where there is none, or strangers share it.
std::string registered_domain(std::string_view host) {
  if (is_address(host)) return {};
  const std::vector<std::string_view> labels = split(host, '.');
  if (labels.size() < 2) return {};
  const std::string_view top = labels.back();
  const bool country = top.size() == 2 && contains(under_countries, labels[labels.size() - 2]);
  const std::size_t count = country ? 3 : 2;
  if (labels.size() < count) return {};
  std::string domain;
  for (std::size_t i = labels.size() - count; i < labels.size(); ++i) {
    if (labels[i].empty()) return {};
    domain += (domain.empty() ? "" : ".") + std::string(labels[i]);
  }
  return contains(shared_domains, domain) ? std::string() : domain;
}

bool belongs_to(const std::string& server, const std::string& registry) {
  if (server == registry || (is_loopback(server) && is_loopback(registry))) return true;
  const std::string domain = registered_domain(registry);
  if (domain.empty()) return false;
  return registered_domain(server) == domain ||
         contains(known_pairs, std::pair(std::string_view(domain), std::string_view(server)));
}

}  // namespace

bool is_private(const http::Origin& server) {
  return server.tls || is_loopback(server.host);
}

bool may_have_password(const http::Origin& server, const http::Origin& registry) {
  const bool as_configured = !registry.tls && server.host == registry.host;
  if (!is_private(server) && !as_configured) return false;
  return belongs_to(server.host, registry.host);
}

}  // namespace acedt::registry
