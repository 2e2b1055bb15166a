#pragma once

#include <filesystem>

#include "acedt/cli/config_file.hpp"
#include "acedt/registry/auth_files.hpp"

namespace acedt::cli {

/// `file` with the home folder in place of a leading "~/".
std::filesystem::path without_tilde(const std::string& file, const Environment& environment);

/// The files that have credentials.
struct LoginFiles {
  registry::AuthSearch search = {};     ///< for pulls
  std::filesystem::path to_write = {};  ///< for login and logout; empty if there is no home
};

/// The one file that is named by ACE_DT_REGISTRY_AUTH_FILE, else REGISTRY_AUTH_FILE, else the configuration file; as
/// with podman and skopeo, no other is looked at then. If none is named, the usual places: the config.json of
/// $DOCKER_CONFIG, $XDG_RUNTIME_DIR/containers/auth.json, ~/.config/containers/auth.json, and, if DOCKER_CONFIG is not
/// set,
/// ~/.docker/config.json. Of these, logins are written to DOCKER_CONFIG's, else to the first that is there, else to
/// docker's.
LoginFiles login_files(const Environment& environment, const Configuration& configuration);

}  // namespace acedt::cli
