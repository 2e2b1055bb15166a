#include "acedt/registry/auth_key.hpp"

#include "acedt/base/text.hpp"

namespace acedt::registry {
namespace {

constexpr std::string_view hub = "docker.io";
constexpr std::string_view hub_authority = "registry-1.docker.io";
constexpr std::string_view hub_key = "https://index.docker.io/v1/";  // docker's

bool is_hub(std::string_view host) {
  return host == hub || host == hub_authority || host == "index.docker.io";
}

}  // namespace

AuthKey AuthKey::parse(std::string_view key) {
  constexpr int url = 0;
  constexpr int plain = 1;
  constexpr int of_docker = 2;
  int rank = key == hub_key ? of_docker : plain;
  std::string_view rest = key;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!rest.starts_with(scheme)) continue;
    rest.remove_prefix(scheme.size());
    if (rank == plain) rank = url;
  }
  const std::size_t slash = rest.find('/');
  const std::string host = lower(rest.substr(0, slash));
  std::string_view path = slash == std::string_view::npos ? std::string_view() : rest.substr(slash);
  while (path.ends_with('/')) path.remove_suffix(1);
  const bool of_the_api = path == "/v1" || path == "/v2";
  if (rank != plain || of_the_api) path = {};
  return {(is_hub(host) ? std::string(hub) : host) + std::string(path), rank};
}

std::string AuthKey::text() const {
  return scope == hub ? std::string(hub_key) : scope;
}

std::string AuthKey::host() const {
  return scope.substr(0, scope.find('/'));
}

std::string AuthKey::authority() const {
  return host() == hub ? std::string(hub_authority) : host();
}

std::string scope_of(std::string_view authority) {
  return std::string(authority == hub_authority ? hub : authority);
}

}  // namespace acedt::registry
