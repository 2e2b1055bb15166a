#include "cli/keeping.hpp"

#include "acedt/base/error.hpp"
#include "acedt/base/file.hpp"
#include "acedt/http/url.hpp"
#include "acedt/registry/auth_files.hpp"

namespace acedt::cli {
namespace {

namespace fs = std::filesystem;

/// A registry as people name it: with a scheme, too, and by all names of Docker Hub.
registry::AuthKey parse_registry(const std::string& text) {
  registry::AuthKey key = registry::AuthKey::parse(text);
  try {
    http::Url::parse("https://" + key.scope);
  } catch (Error& error) {
    throw Error(ErrorKind::usage, "REGISTRY: " + std::string(error.what())).hint("it is host[:port][/namespace]");
  }
  return key;
}

const fs::path& file_for(const LoginFiles& files) {
  if (!files.to_write.empty()) return files.to_write;
  throw Error(ErrorKind::usage, "there is no place to keep logins").hint("set HOME or REGISTRY_AUTH_FILE");
}

/// The helper that keeps logins for `key`; entries for some repositories of a registry are in the file itself.
std::optional<registry::HelperQuery> keeper_of(const registry::AuthKey& key, std::string_view text,
                                               const fs::path& file) {
  if (key.scope != key.host()) return std::nullopt;
  return registry::Credentials::parse(text, file.string()).keeper(key.host());
}

}  // namespace

Keeping::Keeping(const std::string& registry, const LoginFiles& login_files)
    : key(parse_registry(registry)),
      file(file_for(login_files)),
      before(read_if_there(file).value_or("")),
      helper(keeper_of(key, before, file)) {}

std::vector<fs::path> other_files_with(const registry::AuthKey& key, const LoginFiles& files) {
  std::vector<fs::path> found;
  for (const fs::path& file : files.search.files) {
    if (file == files.to_write) continue;
    try {
      const std::string text = read_if_there(file).value_or("");
      if (registry::without_entry(text, file.string(), key) != text) found.push_back(file);
    } catch (const Error&) {
      // Pulls find no login there, either.
    }
  }
  return found;
}

}  // namespace acedt::cli
