#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "acedt/cli/config_file.hpp"
#include "acedt/cli/flags.hpp"
#include "acedt/registry/auth_files.hpp"
#include "acedt/registry/credentials.hpp"
#include "acedt/registry/logins.hpp"

namespace acedt::cli {

/// Returns `file` with the home folder in place of a leading "~/".
std::filesystem::path without_tilde(const std::string& file, const Environment& environment);

/// The files that contain credentials.
struct LoginFiles {
  registry::AuthSearch search = {};     ///< for pulls and pushes
  std::filesystem::path to_write = {};  ///< for login and logout; empty if no file is named and HOME is not set
};

/// Returns the one file that ACE_DT_REGISTRY_AUTH_FILE, else REGISTRY_AUTH_FILE, else the configuration file names; as
/// with podman and skopeo, no other file is used then. If none is named, returns the usual files:
/// $DOCKER_CONFIG/config.json, $XDG_RUNTIME_DIR/containers/auth.json, ~/.config/containers/auth.json, and, if
/// DOCKER_CONFIG is not set, ~/.docker/config.json. Of these, logins are written to the first, if DOCKER_CONFIG is set,
/// else to the first that exists, else to docker's.
LoginFiles login_files(const Environment& environment, const Configuration& configuration);

inline constexpr Flag registry_argument = {"REGISTRY", "",
                                           "host[:port], or host[:port]/namespace for its repositories only"};

/// The place where the login for a registry is saved, and what is there.
struct Keeping {
  /// Throws Error(usage) if `registry` is not a valid registry, or if there is no file to save logins in;
  /// Error(unauthorized) if the file is not a valid auth file.
  Keeping(const std::string& registry, const LoginFiles& login_files);

  registry::AuthKey key;
  std::filesystem::path file;
  std::string before;                           ///< the text of `file`, which other processes may change meanwhile
  std::optional<registry::HelperQuery> helper;  ///< saves logins for `key`; unset: the file does
};

/// Returns the other files in which pulls would find a login for `key`.
std::vector<std::filesystem::path> other_files_with(const registry::AuthKey& key, const LoginFiles& files);

}  // namespace acedt::cli
