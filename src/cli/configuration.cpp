#include "acedt/cli/configuration.hpp"

#include "cli/network_settings.hpp"

namespace acedt::cli {

Setup set_up(const Words& words, const Environment& environment) {
  const std::vector<std::string> named = words.all(config_flag);
  Setup out;
  out.search = config_search({named.begin(), named.end()}, environment);
  out.file = load_configuration(out.search);
  out.login_files = login_files(environment, out.file);
  out.settings = resolve(words, environment, out.file.given);
  engine::Settings& engine = out.settings.values.engine;
  for (std::filesystem::path& file : engine.certificates.authorities) file = without_tilde(file, environment);
  engine.certificates.folders = certificate_folders(environment);
  engine.proxies = proxies(environment);
  engine.registries = out.file.registries;
  engine.auth_files = out.login_files.search;
  return out;
}

}  // namespace acedt::cli
