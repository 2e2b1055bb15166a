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

/// A key of `auths` in an auth file: it stands for a registry or some of its repositories. Docker Hub has several
/// names.
struct AuthKey {
  std::string scope;  ///< "host[:port]" or "host[:port]/namespace"; "docker.io" for all names of Docker Hub
  int rank = 0;       ///< of keys with the same scope, the one of the highest rank applies

  /// Reads a key such as "reg.example.com/team" or "https://index.docker.io/v1/".
  static AuthKey parse(std::string_view key);

  /// The key that docker and podman write into files and give to helpers.
  std::string text() const;
  /// The scope without its namespace.
  std::string host() const;
  /// host[:port] of the server that requests go to.
  std::string authority() const;
};

/// The scope of a registry whose requests go to `authority`.
std::string scope_of(std::string_view authority);

/// What an account at a registry is proved with.
struct Login {
  std::string user = {};
  Secret password = {};
  Secret identity_token = {};  ///< exchanged for access tokens
  Secret registry_token = {};  ///< used as access token

  /// Whether this has no secret. Docker writes such entries for logins that its helpers keep.
  bool empty() const noexcept { return password.empty() && identity_token.empty() && registry_token.empty(); }
  auto operator<=>(const Login&) const = default;
};

/// A question to a credential helper (docker-credential-helpers).
struct HelperQuery {
  std::string helper;    ///< "pass": the program is docker-credential-pass
  std::string server;    ///< the name by which the helper knows the registry
  std::string position;  ///< "FILE:LINE" of the entry that names the helper

  auto operator<=>(const HelperQuery&) const = default;
};

/// The contents of auth files: docker's config.json, podman's and skopeo's auth.json (containers-auth.json(5)).
class Credentials {
 public:
  Credentials() = default;
  /// Reads one file. Throws Error(unauthorized) "FILE:LINE: …" if it is no auth file; an entry that cannot be read is
  /// an Error in find(). An empty text has no credentials.
  static Credentials parse(std::string_view json, std::string_view file);
  /// Stands for a file that cannot be read: find() has its Error for every registry.
  static Credentials unreadable(Error why);
  /// Stands for a file with one login, for the registry `host`.
  static Credentials of(const std::string& host, Login login);
  /// Adds a file that applies where the ones before it have no login.
  void append(const Credentials& file);

  /// A login, the helper that may have it, or the Error(unauthorized) of an entry that cannot be read.
  using LoginSource = std::variant<Login, HelperQuery, Error>;

  /// The sources of the login for `repository` at `authority` (host[:port]), in the order in which to try them. If
  /// there is a Login, it is the last one.
  ///
  /// In each file: the entry of `auths` for the longest part of host/namespace/repository, then the helper in
  /// `credHelpers` or `credsStore`, then the entry of the host or of a URL of it. The entries of registry-1.docker.io
  /// are those of docker.io, index.docker.io and docker's key, https://index.docker.io/v1/.
  std::vector<LoginSource> find(std::string_view authority, std::string_view repository) const;

  /// The helper that stores the logins of the registry `host` (AuthKey::host()), by the first file; unset if that file
  /// stores them itself. Throws Error(unauthorized) if the entry cannot be read.
  std::optional<HelperQuery> keeper(std::string_view host) const;

 private:
  struct Entry {
    LoginSource position;  // a Login, or what is wrong with it
    int rank;              // AuthKey::rank of its key
  };
  struct File {
    std::map<std::string, Entry, std::less<>> logins = {};         // by AuthKey::scope
    std::map<std::string, LoginSource, std::less<>> helpers = {};  // by host; without a name: no helper
    std::optional<LoginSource> store = {};
    std::optional<Error> unreadable = {};

    std::optional<LoginSource> login(std::string_view scope) const;
    std::optional<LoginSource> helper(std::string_view host) const;
  };
  class Reader;

  std::vector<File> files_;
};

}  // namespace acedt::registry
