#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "acedt/cli/configuration.hpp"
#include "acedt/registry/credentials.hpp"
#include "acedt/registry/logins.hpp"

namespace acedt::cli {

inline constexpr Flag registry_argument = {"REGISTRY", "",
                                           "host[:port], or host[:port]/namespace for its repositories alone"};

/// Where the login for a registry is kept, and what is there.
struct Keeping {
  /// Throws Error(usage) if `registry` is none, or if there is no place to keep logins; Error(unauthorized) if the file
  /// is no auth file.
  Keeping(const std::string& registry, const LoginFiles& login_files);

  registry::AuthKey key;
  std::filesystem::path file;
  std::string before;                           ///< the text of `file`, which others may change meanwhile
  std::optional<registry::HelperQuery> helper;  ///< keeps logins for `key`
};

/// The other files in which pulls would find a login for `key`.
std::vector<std::filesystem::path> other_files_with(const registry::AuthKey& key, const LoginFiles& files);

}  // namespace acedt::cli
