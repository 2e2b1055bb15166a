#pragma once

#include <string>
#include <string_view>

namespace acedt::registry {

/// What a key of `auths` stands for: a registry, or some of its repositories. Docker Hub has several names.
struct AuthKey {
  std::string scope;  ///< "host[:port]" or "host[:port]/namespace"; "docker.io" for all names of Docker Hub
  int rank = 0;       ///< of keys that mean the same, the one of higher rank counts

  /// Of a key such as "reg.example.com/team" or "https://index.docker.io/v1/".
  static AuthKey parse(std::string_view key);

  /// As docker and podman write it into files and give it to helpers.
  std::string text() const;
  /// Without the namespace.
  std::string host() const;
  /// host[:port] that requests go to.
  std::string authority() const;
};

/// The scope of a registry that requests to `authority` belong to.
std::string scope_of(std::string_view authority);

}  // namespace acedt::registry
