#include "acedt/registry/credentials.hpp"

#include <simdjson.h>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"

namespace acedt::registry {
namespace {

constexpr std::string_view docker_hub_key = "https://index.docker.io/v1/";

[[noreturn]] void refuse(std::string_view file, const std::string& why) {
  Error error(ErrorKind::unauthorized, std::string(file) + ": " + why);
  error.hint("log in again with docker, podman or skopeo, or point DOCKER_CONFIG at another folder");
  throw error;
}

std::string text_of(simdjson::dom::object object, std::string_view key) {
  std::string_view value;
  return object[key].get(value) == simdjson::SUCCESS ? std::string(value) : std::string();
}

Login login_of(simdjson::dom::object entry, std::string_view file, std::string_view key) {
  Login login{text_of(entry, "username"), Secret(text_of(entry, "password")), Secret(text_of(entry, "identitytoken")),
              Secret(text_of(entry, "registrytoken"))};
  const std::string encoded = text_of(entry, "auth");
  if (encoded.empty()) return login;
  const auto plain = from_base64(encoded);
  const std::size_t colon = plain ? plain->find(':') : std::string::npos;
  if (colon == std::string::npos) refuse(file, "the auth of " + quoted(key) + " is not base64 of user:password");
  login.user = plain->substr(0, colon);
  std::string password = plain->substr(colon + 1);
  while (password.ends_with('\0')) password.pop_back();  // as docker trims it
  login.password = Secret(password);
  return login;
}

/// "https://host/v1/" -> "host".
std::string_view host_of(std::string_view key) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (key.starts_with(scheme)) key.remove_prefix(scheme.size());
  }
  return key.substr(0, key.find('/'));
}

}  // namespace

Credentials Credentials::parse(std::string_view json, std::string_view file) {
  Credentials credentials;
  if (trim(json).empty()) return credentials;
  simdjson::dom::parser parser;
  simdjson::dom::object root;
  if (parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS) refuse(file, "not a JSON object");
  simdjson::dom::object auths;
  if (root["auths"].get(auths) != simdjson::SUCCESS) return credentials;
  for (const auto [key, value] : auths) {
    simdjson::dom::object entry;
    if (value.get(entry) == simdjson::SUCCESS) credentials.logins_.emplace(key, login_of(entry, file, key));
  }
  return credentials;
}

std::optional<Login> Credentials::find(std::string_view authority) const {
  const bool hub = authority == "registry-1.docker.io";
  const auto exact = logins_.find(hub ? docker_hub_key : authority);
  if (exact != logins_.end()) return exact->second;
  const std::string_view wanted = hub ? host_of(docker_hub_key) : authority;
  for (const auto& [key, login] : logins_) {
    if (host_of(key) == wanted) return login;
  }
  return std::nullopt;
}

}  // namespace acedt::registry
