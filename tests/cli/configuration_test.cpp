#include "acedt/cli/configuration.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "acedt/cli/command.hpp"
#include "acedt/cli/login_files.hpp"
#include "cli/commands.hpp"
#include "cli/environment.hpp"
#include "support/scratch.hpp"

using namespace acedt;
using namespace acedt::testing;

namespace {

/// What `ace-dt config FLAGS` prints if c.yaml has `text`.
std::string shown(std::string_view text, std::vector<std::string> flags = {},
                  std::map<std::string, std::string> variables = {}) {
  flags.insert(flags.begin(), "config");
  const auto parsed = std::get<cli::Parsed>(cli::parse(cli::commands(), flags));
  cli::Setup setup;
  setup.search = {{"a.yaml", "c.yaml"}, "ACE_DT_CONFIG"};
  setup.file = cli::parse_configuration(text, "c.yaml");
  setup.login_files = cli::login_files(environment(variables), setup.file);
  setup.settings = cli::resolve(parsed.flags, environment(variables), setup.file.given);
  return cli::show_configuration(setup);
}

}  // namespace

TEST_CASE("the sample is a configuration file") {
  const cli::Configuration got = cli::parse_configuration(cli::sample_configuration(), "sample");
  CHECK(got.registries.endpoints.size() == 1);
  CHECK(got.registries.rewrites.size() == 1);
  CHECK(got.registries.endpoint_settings.size() == 1);
  for (const auto* key : {"apiVersion", "kind"}) CHECK(got.lines.count(key) == 1);
}

TEST_CASE("without a file, all that is shown is the default") {
  cli::Setup setup;
  setup.search.files = {"ace-dt-config.yaml"};
  setup.login_files.search.files = {"a.json", "b.json"};
  CHECK(cli::show_configuration(setup) == R"yaml(# Looked for in ace-dt-config.yaml (the usual places)
# None of them exists
apiVersion: config.dt.act3-ace.io/v1alpha1
kind: Configuration
recursive: false  # default
# platform: all  # default
trackerFilename: record-keeping.csv  # default
compression: none  # default
# compressionLevel: zstd 9, gzip 7  # default
manifestJson: false  # default
dedup: folder  # default
# split: no limit  # default
checkTags: false  # default
keepGoing: false  # default
concurrentHTTP: 64  # default
connectionsPerHost: 64  # default
# memory: enough for full speed  # default
retries: 6  # default
retryMaxWait: 5m0s  # default
stallTimeout: 30s  # default
# caFile: none  # default
# maxRate: no limit  # default
# maxRequestsPerSecond: no limit  # default
commitTimeout: 5m0s  # default
quiet: false  # default
hideProgress: false  # default
logFormat: text  # default
verbosity: warn  # default
# credentials: a.json, b.json  # default
)yaml");
}

TEST_CASE("every value is shown with its line in the file, its flag or its environment variable") {
  const std::string text = R"yaml(concurrentHTTP: 5
hideProgress: true
registryAuthFile: auth.json
registryConfig:
  registries:
    index.docker.io:
      endpoints: ["https://mirror.example/v2/hub", "https://registry-1.docker.io"]
      rewritePull:
        "^z\\.": "y"
        "^a\"(b)": "b/$1"
    plain.example:
      rewritePull: {a: b}
  endpointConfig:
    https://mirror.example/v2/hub/:
      tls: {insecureSkipVerify: true}
    https://other.example: {supportsReferrers: tag}
)yaml";
  const std::string got =
      shown(text, {"--connections-per-host", "3", "-v", "info", "--retries=0"}, {{"ACE_DT_CONCURRENT_HTTP", "9"}});
  CHECK(got.starts_with("# Looked for in a.yaml, c.yaml (ACE_DT_CONFIG)\n# Read: c.yaml\n"));
  for (const std::string line :
       {"concurrentHTTP: 9  # ACE_DT_CONCURRENT_HTTP", "connectionsPerHost: 3  # --connections-per-host",
        "retries: 0  # --retries", "hideProgress: true  # c.yaml:2", "verbosity: info  # --verbosity",
        "registryAuthFile: \"auth.json\"  # c.yaml:3"})
    CHECK_MESSAGE(got.find("\n" + line + "\n") != std::string::npos, got);
  CHECK(got.ends_with(R"yaml(registryConfig:
  registries:
    "docker.io":
      endpoints:  # c.yaml:7
        - "https://mirror.example/v2/hub"
        - "https://registry-1.docker.io"
      rewritePull:  # c.yaml:8
        "^z\\.": "y"
        "^a\"(b)": "b/$1"
    "plain.example":
      endpoints:  # default
        - "https://plain.example"
      rewritePull:  # c.yaml:12
        "a": "b"
  endpointConfig:
    "https://mirror.example/v2/hub":
      supportsReferrers: auto  # default
      tls:
        insecureSkipVerify: true  # c.yaml:15
    "https://other.example":
      supportsReferrers: tag  # c.yaml:16
      tls:
        insecureSkipVerify: false  # default
)yaml"));
  const std::string of_flags = shown("concurrentHTTP: 5", {"--connections", "7", "--no-term"});
  for (const std::string line :
       {"concurrentHTTP: 7  # --connections", "connectionsPerHost: 5  # c.yaml:1", "hideProgress: true  # --no-term"})
    CHECK_MESSAGE(of_flags.find("\n" + line + "\n") != std::string::npos, of_flags);
  CHECK(shown("", {}, {{"ACE_DT_VERBOSITY", "debug"}}).find("verbosity: debug  # ACE_DT_VERBOSITY") !=
        std::string::npos);
  CHECK(shown(text, {}, {{"REGISTRY_AUTH_FILE", "x"}}).find("# credentials: x  # REGISTRY_AUTH_FILE\n") !=
        std::string::npos);
}

TEST_CASE("what is shown is a configuration file that says the same") {
  const std::string text(cli::sample_configuration());
  const std::string once = shown(text);
  const cli::Configuration again = cli::parse_configuration(once, "c.yaml");
  const cli::Configuration first = cli::parse_configuration(text, "c.yaml");
  CHECK(again.registries.endpoints == first.registries.endpoints);
  CHECK(again.registries.rewrites.at("registry.example:5000").at(0).replacement() == "official/$1");
  CHECK(again.registries.endpoint_settings.size() == 1);
}

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
