#include "acedt/registry/credentials.hpp"

#include <algorithm>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "registry/json_text.hpp"

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

namespace {

/// So that it is one program in PATH.
bool is_helper_name(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_';
  });
}

}  // namespace

/// Reads one file.
class Credentials::Reader {
 public:
  Reader(std::string_view json, std::string_view file) : json_(json), name_(file) {}

  File read() {
    const JsonNode root = parse_json(json_, name_);
    for (const auto& [key, begin, value] : members(root, "the file")) {
      if (value.is_null()) continue;
      if (key == "auths") read_auths(value);
      if (key == "credHelpers") read_helpers(value);
      if (key == "credsStore") file_.store = helper(value, key);
    }
    return std::move(file_);
  }

 private:
  std::string position(const JsonNode& node) const { return file_position(json_, name_, node.begin); }

  [[noreturn]] void refuse(const JsonNode& node, const std::string& why) const {
    throw Error(ErrorKind::unauthorized, why)
        .add(position(node))
        .hint("log in again, or point REGISTRY_AUTH_FILE at another file");
  }

  const std::vector<JsonNode::Member>& members(const JsonNode& node, const std::string& what) const {
    if (node.kind != JsonNode::Kind::object) refuse(node, what + " is not a JSON object");
    return node.members;
  }

  const std::string& text(const JsonNode& node, const std::string& what) const {
    if (node.kind != JsonNode::Kind::string) refuse(node, what + ": want a text in quotes");
    return node.text;
  }

  std::string text_of(const JsonNode& entry, const std::string& key) const {
    const JsonNode* value = entry.find(key);
    return value == nullptr ? "" : text(*value, key);
  }

  void read_auths(const JsonNode& auths) {
    for (const auto& [key, begin, value] : members(auths, "auths")) {
      if (value.is_null()) continue;
      const AuthKey meant = AuthKey::parse(key);
      Entry entry{entry_of(key, value), meant.rank};
      const auto [known, is_new] = file_.logins.try_emplace(meant.scope, entry);
      if (!is_new && known->second.rank <= entry.rank) known->second = std::move(entry);
    }
  }

  LoginSource entry_of(const std::string& key, const JsonNode& entry) const {
    try {
      return login(key, entry);
    } catch (const Error& error) {
      return error;
    }
  }

  Login login(const std::string& key, const JsonNode& entry) const {
    members(entry, "the entry of " + in_quotes(key));
    Login out{text_of(entry, "username"), Secret(text_of(entry, "password")), Secret(text_of(entry, "identitytoken")),
              Secret(text_of(entry, "registrytoken"))};
    const std::string encoded = text_of(entry, "auth");
    if (encoded.empty()) return out;
    const auto plain = from_base64(encoded);
    const std::size_t colon = plain ? plain->find(':') : std::string::npos;
    if (colon == std::string::npos)
      refuse(*entry.find("auth"), "the auth of " + in_quotes(key) + " is not base64 of user:password");
    out.user = plain->substr(0, colon);
    std::string password = plain->substr(colon + 1);
    while (password.ends_with('\0')) password.pop_back();  // as docker trims it
    out.password = Secret(password);
    return out;
  }

  void read_helpers(const JsonNode& helpers) {
    for (const auto& [key, begin, value] : members(helpers, "credHelpers")) {
      const std::string host = AuthKey::parse(key).host();
      LoginSource position = helper(value, "credHelpers of " + in_quotes(key));
      if (auto* query = std::get_if<HelperQuery>(&position))
        query->server = key == host ? key : AuthKey{host}.text();  // Docker Hub is docker.io to podman, a URL to docker
      file_.helpers.insert_or_assign(host, std::move(position));
    }
  }

  LoginSource helper(const JsonNode& node, const std::string& what) const {
    try {
      const std::string& name = text(node, what);
      if (is_helper_name(name)) return HelperQuery{name, "", position(node)};
      refuse(node, what + ": want a name such as \"pass\", for docker-credential-pass");
    } catch (const Error& error) {
      return error;
    }
  }

  std::string_view json_;
  std::string_view name_;
  File file_;
};

Credentials Credentials::parse(std::string_view json, std::string_view file) {
  Credentials credentials;
  if (!trim(json).empty()) credentials.files_.push_back(Reader(json, file).read());
  return credentials;
}

Credentials Credentials::of(const std::string& host, Login login) {
  Credentials credentials;
  credentials.files_.emplace_back().logins.emplace(host, Entry{std::move(login), 0});
  return credentials;
}

void Credentials::append(const Credentials& file) {
  files_.insert(files_.end(), file.files_.begin(), file.files_.end());
}

Credentials Credentials::unreadable(Error why) {
  Credentials credentials;
  credentials.files_.emplace_back().unreadable = std::move(why);
  return credentials;
}

std::optional<Credentials::LoginSource> Credentials::File::login(std::string_view scope) const {
  const auto found = logins.find(scope);
  if (found == logins.end()) return std::nullopt;
  const auto* login = std::get_if<Login>(&found->second.position);
  return login != nullptr && login->empty() ? std::nullopt : std::optional(found->second.position);
}

std::optional<Credentials::LoginSource> Credentials::File::helper(std::string_view host) const {
  const auto own = helpers.find(host);
  if (own == helpers.end() && !store) return std::nullopt;
  LoginSource position = own == helpers.end() ? *store : own->second;
  auto* query = std::get_if<HelperQuery>(&position);
  if (query != nullptr && query->helper.empty()) return std::nullopt;
  if (query != nullptr && query->server.empty()) query->server = AuthKey{std::string(host)}.text();
  return position;
}

std::vector<Credentials::LoginSource> Credentials::find(std::string_view authority, std::string_view repository) const {
  const std::string host = scope_of(authority);
  std::vector<LoginSource> found;
  const auto add = [&found](std::optional<LoginSource> position) {
    if (position) found.push_back(*std::move(position));
    return !found.empty() && std::holds_alternative<Login>(found.back());
  };
  for (const File& file : files_) {
    if (file.unreadable) add(*file.unreadable);
    for (std::string_view path = repository; !path.empty(); path = path.substr(0, path.rfind('/'))) {
      if (add(file.login(host + "/" + std::string(path)))) return found;
      if (path.find('/') == std::string_view::npos) break;
    }
    add(file.helper(host));
    if (add(file.login(host))) return found;
  }
  return found;
}

std::optional<HelperQuery> Credentials::keeper(std::string_view host) const {
  const auto position = files_.empty() ? std::nullopt : files_.front().helper(host);
  if (!position) return std::nullopt;
  if (const auto* error = std::get_if<Error>(&*position)) throw Error(*error);
  return std::get<HelperQuery>(*position);
}

}  // namespace acedt::registry
