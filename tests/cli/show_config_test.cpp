#include "acedt/cli/show_config.hpp"

#include "acedt/cli/login_files.hpp"

#include "cli/environment.hpp"

#include <doctest/doctest.h>

using namespace acedt;
using namespace acedt::testing;

namespace {

/// What `ace-dt config FLAGS` prints where c.yaml has `text`.
std::string shown(std::string_view text, std::vector<std::string> flags = {},
                  std::map<std::string, std::string> variables = {}) {
  flags.insert(flags.begin(), "config");
  const auto command = cli::parse_arguments(flags, environment(variables));
  const cli::ConfigSearch search{{"a.yaml", "c.yaml"}, "ACE_DT_CONFIG"};
  const auto& asked = std::get<cli::ShowConfig>(command);
  const cli::Configuration configuration = cli::parse_configuration(text, "c.yaml");
  const auto places = cli::login_files(environment(std::move(variables)), configuration);
  return cli::show_configuration(asked.arguments, search, configuration, places.search);
}

}  // namespace

TEST_CASE("the sample has every key, and is a configuration file") {
  const cli::Configuration got = cli::parse_configuration(cli::sample_configuration(), "sample");
  CHECK(got.registries.endpoints.size() == 1);
  CHECK(got.registries.rewrites.size() == 1);
  CHECK(got.registries.endpoint_settings.size() == 1);
  for (const auto* key : {"apiVersion", "kind", "concurrentHTTP", "hideProgress"}) CHECK(got.lines.count(key) == 1);
  const auto command = cli::parse_arguments({"config", "--sample"}, environment({}));
  CHECK(std::get<cli::ShowConfig>(command).sample);
}

TEST_CASE("without a file, all that is shown is the default") {
  CHECK(cli::show_configuration({}, {{"ace-dt-config.yaml"}, ""}, {}, {{"a.json", "b.json"}}) ==
        "# Looked for in ace-dt-config.yaml (the usual places)\n"
        "# None of them is there\n"
        "apiVersion: config.dt.act3-ace.io/v1alpha1\n"
        "kind: Configuration\n"
        "concurrentHTTP: 64  # default\n"
        "# connections to one host: 64  # default\n"
        "hideProgress: false  # default\n"
        "# credentials: a.json, b.json  # default\n"
        "# verbosity: 4  # default\n");
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
  CHECK(shown(text, {"--connections-per-host", "3", "-v", "info"}, {{"ACE_DT_CONCURRENT_HTTP", "9"}}) ==
        R"yaml(# Looked for in a.yaml, c.yaml (ACE_DT_CONFIG)
# Read: c.yaml
apiVersion: config.dt.act3-ace.io/v1alpha1
kind: Configuration
concurrentHTTP: 9  # ACE_DT_CONCURRENT_HTTP
# connections to one host: 3  # --connections-per-host
hideProgress: true  # c.yaml:2
registryAuthFile: "auth.json"  # c.yaml:3
# verbosity: 8  # --verbosity
registryConfig:
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
)yaml");
  CHECK(shown("concurrentHTTP: 5", {"--connections", "7", "--no-term"})
            .find("concurrentHTTP: 7  # --connections\n# connections to one host: 5  # c.yaml:1\n"
                  "hideProgress: true  # --no-term\n") != std::string::npos);
  CHECK(shown("", {}, {{"ACE_DT_VERBOSITY", "debug"}}).find("# verbosity: 12  # ACE_DT_VERBOSITY") !=
        std::string::npos);
  CHECK(shown(text, {}, {{"REGISTRY_AUTH_FILE", "x"}}).find("# credentials: x  # REGISTRY_AUTH_FILE\n") !=
        std::string::npos);
}

TEST_CASE("what is shown is a configuration file that says the same") {
  const std::string text(cli::sample_configuration());
  const std::string once = shown(text);
  const cli::Configuration again = cli::parse_configuration(once, "c.yaml");
  const cli::Configuration first = cli::parse_configuration(text, "c.yaml");
  CHECK(again.connections == first.connections);
  CHECK(again.registries.endpoints == first.registries.endpoints);
  CHECK(again.registries.rewrites.at("registry.example:5000").at(0).replacement() == "official/$1");
  CHECK(again.registries.endpoint_settings.size() == 1);
}
