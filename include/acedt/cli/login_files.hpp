#pragma once

#include <filesystem>

#include "acedt/cli/args.hpp"
#include "acedt/cli/config.hpp"
#include "acedt/registry/auth_files.hpp"

namespace acedt::cli {

/// Which files have credentials.
struct LoginFiles {
  registry::AuthSearch search = {};     ///< for pulls
  std::filesystem::path to_write = {};  ///< for login and logout; empty where there is no home
};

/// The one file that is named by ACE_DT_REGISTRY_AUTH_FILE, else REGISTRY_AUTH_FILE, else the configuration file; as
/// podman and skopeo have it, nothing else is looked at then. Where none is named, the usual places: the config.json of
/// $DOCKER_CONFIG, $XDG_RUNTIME_DIR/containers/auth.json, ~/.config/containers/auth.json, and, where DOCKER_CONFIG does
/// not stand for it, ~/.docker/config.json. Of these, to write to: DOCKER_CONFIG's, else the first that is there, else
/// docker's.
LoginFiles login_files(const Environment& environment, const Configuration& configuration);

}  // namespace acedt::cli
