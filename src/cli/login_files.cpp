// The search order is that of docker, podman and skopeo, so that a login made with one of them works here, and the
// other way round.

#include "acedt/cli/login_files.hpp"

#include <algorithm>

#include "acedt/base/error.hpp"
#include "acedt/base/file.hpp"
#include "acedt/http/url.hpp"
#include "acedt/registry/auth_files.hpp"

namespace acedt::cli {
namespace {

namespace fs = std::filesystem;

LoginFiles named(const fs::path& file, const std::string& by) {
  return {{{file}, by}, file};
}

namespace fs = std::filesystem;

/// Parses a registry as users write it: with or without a scheme, and by any name of Docker Hub.
registry::AuthKey parse_registry(const std::string& text) {
  registry::AuthKey key = registry::AuthKey::parse(text);
  try {
    http::Url::parse("https://" + key.scope);
  } catch (Error& error) {
    throw Error(ErrorKind::usage, "REGISTRY: " + std::string(error.what())).hint("write host[:port][/namespace]");
  }
  return key;
}

const fs::path& file_for(const LoginFiles& files) {
  if (!files.to_write.empty()) return files.to_write;
  throw Error(ErrorKind::usage, "there is no file to save logins in").hint("set HOME or REGISTRY_AUTH_FILE");
}

/// Returns the helper that saves logins for `key`; unset for a key with a namespace, whose entry is in the file itself.
std::optional<registry::HelperQuery> keeper_of(const registry::AuthKey& key, std::string_view text,
                                               const fs::path& file) {
  if (key.scope != key.host()) return std::nullopt;
  return registry::Credentials::parse(text, file.string()).keeper(key.host());
}

}  // namespace

fs::path without_tilde(const std::string& file, const Environment& environment) {
  const std::string home = environment("HOME").value_or("");
  return file.starts_with("~/") && !home.empty() ? home / fs::path(file.substr(2)) : fs::path(file);
}

LoginFiles login_files(const Environment& environment, const Configuration& configuration) {
  const auto folder = [&](const std::string& variable) { return fs::path(environment(variable).value_or("")); };
  const fs::path home = folder("HOME");
  for (const std::string variable : {"ACE_DT_REGISTRY_AUTH_FILE", "REGISTRY_AUTH_FILE"}) {
    const fs::path file = folder(variable);
    if (!file.empty()) return named(file, variable);
  }
  if (!configuration.auth_file.empty())
    return named(without_tilde(configuration.auth_file, environment), configuration.auth_file_named_by);

  const fs::path docker = folder("DOCKER_CONFIG");
  const fs::path runtime = folder("XDG_RUNTIME_DIR");
  fs::path config = folder("XDG_CONFIG_HOME");
  if (config.empty() && !home.empty()) config = home / ".config";
  LoginFiles result;
  auto& files = result.search.files;
  if (!docker.empty()) files.push_back(docker / "config.json");
  if (!runtime.empty()) files.push_back(runtime / "containers/auth.json");
  if (!config.empty()) files.push_back(config / "containers/auth.json");
  if (docker.empty() && !home.empty()) files.push_back(home / ".docker/config.json");
  if (files.empty()) return result;
  const auto is_there = [](const fs::path& file) {
    std::error_code of_another_user;
    return fs::exists(file, of_another_user);
  };
  const auto there = std::ranges::find_if(files, is_there);
  const bool by_docker = !docker.empty();
  result.to_write = by_docker ? files.front() : there != files.end() ? *there : files.back();
  return result;
}

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
      // Pulls cannot find a login there either.
    }
  }
  return found;
}

}  // namespace acedt::cli
