#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "acedt/registry/credentials.hpp"

namespace acedt::registry {

/// Where to look for credentials.
struct AuthSearch {
  std::vector<std::filesystem::path> files = {};  ///< the first one with a login for a registry applies
  std::string named_by = {};  ///< the flag or variable that names them; empty: the usual files, which need not exist
};

/// Reads all files that exist. Throws Error(usage) if a file that was named does not exist, Error(unauthorized) if it
/// cannot be read or is no auth file. A usual file that cannot be read becomes Credentials::unreadable().
Credentials read_credentials(const AuthSearch& search);

/// Returns `json`, the text of an auth file, with one entry for `key` in place of all entries of the same scope; the
/// rest stays byte for byte. An empty `json` is a new file. An empty `login` says that a helper keeps it. Throws
/// Error(unauthorized) if `json` is no auth file; `file` is its name.
std::string with_entry(std::string_view json, std::string_view file, const AuthKey& key, const Login& login);

/// Returns `json` without entries for `key`; `json` itself if it has none. Throws as with_entry().
std::string without_entry(std::string_view json, std::string_view file, const AuthKey& key);

}  // namespace acedt::registry
