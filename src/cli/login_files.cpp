#include "acedt/cli/login_files.hpp"

#include <algorithm>

namespace acedt::cli {
namespace {

namespace fs = std::filesystem;

LoginFiles named(const fs::path& file, const std::string& by) {
  return {{{file}, by}, file};
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

}  // namespace acedt::cli
