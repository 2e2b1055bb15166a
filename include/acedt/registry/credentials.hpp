#pragma once

#include <compare>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "acedt/base/error.hpp"
#include "acedt/base/secret.hpp"

namespace acedt::registry {

/// Who we are to a registry.
struct Login {
  std::string user = {};
  Secret password = {};
  Secret identity_token = {};  ///< to be exchanged for access tokens
  Secret registry_token = {};  ///< an access token itself

  /// Whether there is nothing to log in with. Docker writes such entries for what its helpers keep.
  bool empty() const noexcept { return password.empty() && identity_token.empty() && registry_token.empty(); }
  auto operator<=>(const Login&) const = default;
};

/// A credential helper (docker-credential-helpers), and by what it knows a registry.
struct HelperQuery {
  std::string helper;  ///< "pass": the program is docker-credential-pass
  std::string server;
  std::string position;  ///< "FILE:LINE" that names the helper

  auto operator<=>(const HelperQuery&) const = default;
};

/// What auth files say: docker's config.json, podman's and skopeo's auth.json (containers-auth.json(5)).
class Credentials {
 public:
  Credentials() = default;
  /// Throws Error(unauthorized) "FILE:LINE: …" on what is not such a file; what is wrong with an entry is an Error of
  /// that entry alone. An empty text has no credentials.
  static Credentials parse(std::string_view json, std::string_view file);
  /// A file that cannot be read: it might have something for any registry.
  static Credentials unreadable(Error why);
  /// As if a file had this login for the registry `host`, and no more.
  static Credentials of(const std::string& host, Login login);
  /// Adds a file that counts where those before it have nothing.
  void append(const Credentials& file);

  /// Where a login may be. Error(unauthorized): what stands there cannot be read.
  using LoginSource = std::variant<Login, HelperQuery, Error>;

  /// Where the login for requests to `repository` at `authority` (host[:port]) may be: the first that has it counts. A
  /// Login is the last one.
  ///
  /// In each file: the entry of `auths` for the longest part of host/namespace/repository, else the helper in
  /// `credHelpers` or `credsStore`, else the entry of the host, or of a URL of it. registry-1.docker.io goes by
  /// docker.io, index.docker.io and docker's key, https://index.docker.io/v1/.
  std::vector<LoginSource> find(std::string_view authority, std::string_view repository) const;

  /// The helper that keeps the logins of a registry, AuthKey::host(), by the first file. Throws Error(unauthorized) if
  /// its entry cannot be read.
  std::optional<HelperQuery> keeper(std::string_view host) const;

 private:
  struct Entry {
    LoginSource position;  // a Login, or what is wrong with it
    int rank;              // of its key among those that mean the same
  };
  struct File {
    std::map<std::string, Entry, std::less<>> logins = {};         // by AuthKey::scope
    std::map<std::string, LoginSource, std::less<>> helpers = {};  // by host; one without a name: none
    std::optional<LoginSource> store = {};
    std::optional<Error> unreadable = {};

    std::optional<LoginSource> login(std::string_view scope) const;
    std::optional<LoginSource> helper(std::string_view host) const;
  };
  class Reader;

  std::vector<File> files_;
};

}  // namespace acedt::registry
