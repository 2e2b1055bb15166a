#include "acedt/cli/login_files.hpp"

#include "cli/environment.hpp"
#include "support/scratch.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace acedt;
using namespace acedt::testing;

namespace {

using Files = std::vector<std::filesystem::path>;

cli::LoginFiles places(std::map<std::string, std::string> variables, const std::string& configured = "") {
  cli::Configuration configuration;
  configuration.auth_file = configured;
  configuration.auth_file_named_by = configured.empty() ? "" : "c.yaml:3: registryAuthFile";
  return cli::login_files(environment(std::move(variables)), configuration);
}

}  // namespace

TEST_CASE("credentials are looked for in the files of docker and podman, in this order") {
  CHECK(places({{"HOME", "/me"}, {"XDG_RUNTIME_DIR", "/run/me"}}).search.files ==
        Files{"/run/me/containers/auth.json", "/me/.config/containers/auth.json", "/me/.docker/config.json"});
  CHECK(places({{"HOME", "/me"}, {"XDG_RUNTIME_DIR", "/run/me"}, {"DOCKER_CONFIG", "/d"}}).search.files ==
        Files{"/d/config.json", "/run/me/containers/auth.json", "/me/.config/containers/auth.json"});
  CHECK(places({{"HOME", "/me"}, {"XDG_CONFIG_HOME", "/c"}}).search.files ==
        Files{"/c/containers/auth.json", "/me/.docker/config.json"});
  CHECK(places({}).search.files.empty());
}

TEST_CASE("a file that is named is the only one, and the variables come before the configuration") {
  struct Case {
    std::map<std::string, std::string> variables;
    std::string configured;
    std::filesystem::path file;
    std::string named_by;
  };
  const std::vector<Case> cases = {
      {{{"ACE_DT_REGISTRY_AUTH_FILE", "/1"}, {"REGISTRY_AUTH_FILE", "/2"}}, "/3", "/1", "ACE_DT_REGISTRY_AUTH_FILE"},
      {{{"ACE_DT_REGISTRY_AUTH_FILE", ""}, {"REGISTRY_AUTH_FILE", "/2"}}, "/3", "/2", "REGISTRY_AUTH_FILE"},
      {{}, "/3", "/3", "c.yaml:3: registryAuthFile"},
      {{}, "~/auth.json", "/me/auth.json", "c.yaml:3: registryAuthFile"},
  };
  for (const Case& one : cases) {
    auto variables = one.variables;
    variables.insert({{"HOME", "/me"}, {"DOCKER_CONFIG", "/d"}});
    const cli::LoginFiles got = places(variables, one.configured);
    CHECK(got.search.files == Files{one.file});
    CHECK(got.search.named_by == one.named_by);
    CHECK(got.to_write == one.file);
  }
}

TEST_CASE("a login is written to the first of the files that exists, else to docker's") {
  const Scratch home;
  const std::map<std::string, std::string> variables = {{"HOME", home.path().string()}};
  CHECK(places(variables).to_write == home / ".docker/config.json");
  std::filesystem::create_directories(home / ".config/containers");
  home.file(".config/containers/auth.json", "{}");
  CHECK(places(variables).to_write == home / ".config/containers/auth.json");
  CHECK(places({{"HOME", home.path().string()}, {"DOCKER_CONFIG", "/d"}}).to_write == "/d/config.json");
}
