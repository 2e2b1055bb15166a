#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "acedt/registry/auth_key.hpp"
#include "acedt/registry/credentials.hpp"

namespace acedt::registry {

/// Where credentials are looked for.
struct AuthSearch {
  std::vector<std::filesystem::path> files = {};  ///< the first that has something for a registry counts
  std::string named_by = {};                      ///< who asked for these; empty: nobody, and none need be there
};

/// Reads all of the files that are there. Throws Error(usage) if a file that was named is not there, and
/// Error(unauthorized) if it cannot be read or is no auth file. Others that cannot be read are Credentials::unreadable.
Credentials read_credentials(const AuthSearch& search);

/// The text of an auth file with an entry for `key`, and no other that means the same; the rest stays as it is. An
/// empty `json` is a new file. `login` has a user and a password or an identity token, or nothing: a helper keeps it.
/// Throws Error(unauthorized) where `json` is no auth file; `file` is its name.
std::string with_entry(std::string_view json, std::string_view file, const AuthKey& key, const Login& login);

/// The same without any entry for `key`: `json` itself, where there is none.
std::string without_entry(std::string_view json, std::string_view file, const AuthKey& key);

}  // namespace acedt::registry
