#include "acedt/cli/config_file.hpp"

#include "acedt/base/error.hpp"
#include "acedt/base/file.hpp"
#include "cli/environment.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <string>

using namespace acedt;
using namespace acedt::testing;

namespace {

cli::Configuration parse(std::string_view text) {
  return cli::parse_configuration(text, "c.yaml");
}

/// The settings as a file gives them, without flags and variables.
cli::Values values(const cli::Configuration& file) {
  return cli::resolve({}, environment({}), file.given).values;
}

unsigned connections(const cli::Configuration& file) {
  return values(file).engine.connections;
}

/// "what" and, after a bar, the hint.
std::string refusal(std::string_view text) {
  try {
    parse(text);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    return error.what() + (error.hint().empty() ? "" : " | " + error.hint());
  }
  return "accepted";
}

constexpr std::string_view full = R"yaml(apiVersion: config.dt.act3-ace.io/v1alpha1
kind: Configuration
cachePath: /var/cache/ace-dt
cachePruneMax: 500Mi
compressionLevel: normal
chunkSize: 100Mi
concurrentHTTP: 25
registryAuthFile: ~/.docker/config.json
hideProgress: true
editor: vi
telemetry:
  - url: https://telemetry.example
telemetryUserName: me
keys:
  - {anything: [1, 2]}
registryConfig:
  registries:
    docker.io:
      endpoints: ["https://mirror.example:8443", "https://second.example"]
    lab.local:5000:
      endpoints: ["http://lab.local:5000"]
    quirky.example.com:
      noncompliant: true
      rewritePull:
        "^z/(.*)": "y/$1"
        "^a/(.*)": "b/$1"
    plain.example: {rewritePull: {}, endpoints: []}
  endpointConfig:
    "https://mirror.example:8443":
      supportsReferrers: tag
      tls:
        insecureSkipVerify: true
    "https://api.example": {supportsReferrers: api}
    "https://auto.example": {supportsReferrers: auto, tls: {insecureSkipVerify: false}}
    "https://empty.example": {supportsReferrers: "", tls: }
)yaml";

/// A folder for files, gone at the end.
class Folder {
 public:
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path file(const std::string& name, std::string_view text) const {
    File::create(path / name).append(text);
    return path / name;
  }
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("acedt-config-" + std::to_string(::getpid()));
};

}  // namespace

TEST_CASE("every key of a configuration file is accepted, and those that matter take effect") {
  const cli::Configuration got = parse(full);
  CHECK(connections(got) == 25);
  CHECK(got.registries.endpoints == std::map<std::string, std::vector<std::string>>{
                                        {"docker.io", {"https://mirror.example:8443", "https://second.example"}},
                                        {"lab.local:5000", {"http://lab.local:5000"}}});
  const auto& settings = got.registries.endpoint_settings;
  REQUIRE(settings.size() == 4);
  CHECK(settings.at("https://mirror.example:8443").insecure_skip_verify);
  CHECK(settings.at("https://mirror.example:8443").referrers == registry::ReferrersSupport::tag);
  CHECK(!settings.at("https://api.example").insecure_skip_verify);
  CHECK(settings.at("https://api.example").referrers == registry::ReferrersSupport::api);
  CHECK(!settings.at("https://auto.example").insecure_skip_verify);
  CHECK(settings.at("https://auto.example").referrers == registry::ReferrersSupport::automatic);
  CHECK(settings.at("https://empty.example").referrers == registry::ReferrersSupport::automatic);
  REQUIRE(got.registries.rewrites.size() == 1);
  const auto& rules = got.registries.rewrites.at("quirky.example.com");
  REQUIRE(rules.size() == 2);
  CHECK(rules[0].pattern() == "^z/(.*)");
  CHECK(rules[1].apply("a/c") == "b/c");
  CHECK(values(got).no_term);
  CHECK(got.warnings.empty());
  CHECK(got.file == "c.yaml");
  CHECK(got.lines.at("concurrentHTTP") == 7);
  CHECK(got.lines.at("registryConfig.registries.docker.io.endpoints") == 19);
  CHECK(got.lines.at("registryConfig.endpointConfig.https://mirror.example:8443.tls.insecureSkipVerify") == 32);
}

TEST_CASE("merge keys (<<) bring the keys of other maps, and a map's own keys count first") {
  const cli::Configuration got = parse(R"yaml(registryConfig:
  registries:
    base: &base
      endpoints: ["http://base"]
      rewritePull: {"^a/(.*)": "base/$1"}
    rules: &rules
      rewritePull: {"^a/(.*)": "rules/$1"}
    plain: {<<: *base}
    before: {endpoints: ["http://own"], <<: *base}
    behind: {<<: *base, endpoints: ["http://own"]}
    several: {<<: [*rules, *base]}
    nested: &nested {<<: *base, endpoints: ["http://nested"]}
    of-nested: {<<: [*nested]}
    nothing: {<<: }
    keys: {rewritePull: {<<: {"b": "c"}, "a": "b"}}
)yaml");
  const auto& endpoints = got.registries.endpoints;
  CHECK(endpoints.at("plain") == std::vector<std::string>{"http://base"});
  CHECK(endpoints.at("before") == std::vector<std::string>{"http://own"});
  CHECK(endpoints.at("behind") == std::vector<std::string>{"http://own"});
  CHECK(endpoints.at("several") == std::vector<std::string>{"http://base"});
  CHECK(endpoints.at("of-nested") == std::vector<std::string>{"http://nested"});
  const auto rule = [&](const char* registry) { return got.registries.rewrites.at(registry).at(0).apply("a/x"); };
  CHECK(rule("plain") == "base/x");
  CHECK(rule("several") == "rules/x");
  CHECK(rule("of-nested") == "base/x");
  CHECK(got.registries.rewrites.at("keys").at(0).pattern() == "a");
  CHECK(got.registries.rewrites.at("keys").at(1).pattern() == "b");
}

TEST_CASE("merge keys that are none, or lead to themselves, are refused within bounds") {
  const std::string start = "registryConfig: {registries: {a: ";
  CHECK(
      refusal(start + "{<<: b}}}")
          .starts_with("c.yaml:1: registryConfig.registries.a: got a single value, want keys with values, or a list of "
                       "such maps, for a merge key (<<) | "));
  CHECK(refusal(start + "{<<: [[{}]]}}}").find("got a list, want keys with values, or a list of such") !=
        std::string::npos);
  CHECK(refusal(start + "{\"<<\": {}}}}").find("unknown key \"<<\"") != std::string::npos);
  CHECK(refusal(start + "&a {<<: *a}}}").find("merge keys (<<) nested too deeply, or within themselves") !=
        std::string::npos);
  CHECK(refusal(start + "{<<: {endpoint: x}}}}").find("unknown key \"endpoint\"") != std::string::npos);
  std::string doubled = "registryConfig:\n  registries:\n    x0: &x0 {}\n";
  for (int i = 1; i < 30; ++i) {
    const std::string before = "x" + std::to_string(i - 1);
    const std::string name = "x" + std::to_string(i);
    doubled += "    " + name + ": &" + name + " {<<: [*" + before + ", *" + before + "]}\n";
  }
  CHECK(refusal(doubled).find("more than 100000 values") != std::string::npos);
}

TEST_CASE("a configuration file may be JSON, or say nothing") {
  CHECK(parse(R"({"registryConfig": {"registries": {"a": {"endpoints": ["http://b"]}}}, "concurrentHTTP": 3})")
            .registries.endpoints.at("a") == std::vector<std::string>{"http://b"});
  for (const auto* nothing : {"", "\n", "# nothing\n", "---\n", "{}", "null", "registryConfig:\n",
                              "concurrentHTTP: ", "registryConfig: {registries: , endpointConfig: }",
                              "registryConfig: {registries: {a: }}"}) {
    CAPTURE(nothing);
    const cli::Configuration got = parse(nothing);
    CHECK(connections(got) == 64);
    CHECK(got.registries.endpoints.empty());
    CHECK(got.registries.endpoint_settings.empty());
  }
}

TEST_CASE("concurrentHTTP below 1 is the default, and above 1024 is 1024") {
  CHECK(connections(parse("concurrentHTTP: 0")) == 64);
  CHECK(connections(parse("concurrentHTTP: -5")) == 64);
  CHECK(connections(parse("concurrentHTTP: 1")) == 1);
  CHECK(connections(parse("concurrentHTTP: 2000")) == 1024);
}

TEST_CASE("settings that several endpoints share may be written once, with an alias") {
  const auto settings = parse(R"(registryConfig: {endpointConfig: {
    "https://a": &quirks {supportsReferrers: tag},
    "https://b": *quirks }})")
                            .registries.endpoint_settings;
  CHECK(settings.at("https://a").referrers == registry::ReferrersSupport::tag);
  CHECK(settings.at("https://b").referrers == registry::ReferrersSupport::tag);
}

TEST_CASE("a wrong configuration file is refused with its line and the remedy") {
  const std::string stands_alone = "remove the second document, or the stray comma or bracket";
  const std::vector<std::pair<std::string, std::string>> refusals = {
      {"concurrentHttp: 3", R"(c.yaml:1: unknown key "concurrentHttp" | did you mean "concurrentHTTP"?)"},
      {"\n\nregistriesConfig: {}", R"(c.yaml:3: unknown key "registriesConfig" | did you mean "registryConfig"?)"},
      {"registryConfig:\n  docker.io: {}",
       R"(c.yaml:2: registryConfig: unknown key "docker.io" | known keys here: registries, endpointConfig)"},
      {"registryConfig: {registries: {a: {endpoint: []}}}",
       R"(c.yaml:1: registryConfig.registries.a: unknown key "endpoint" | did you mean "endpoints"?)"},
      {"registryConfig: {endpointConfig: {\"https://a\": {tls: {skip: true}}}}",
       R"(c.yaml:1: registryConfig.endpointConfig.https://a.tls: unknown key "skip" | known keys here: insecureSkipVerify)"},
      {"editor: vi\neditor: ed", R"(c.yaml:2: duplicate key "editor")"},
      {"registryConfig:\n  registries:\n    a: {}\n    a: {}",
       R"(c.yaml:4: registryConfig.registries: duplicate key "a")"},
      {"apiVersion: v2", R"(c.yaml:1: apiVersion: got "v2", want "config.dt.act3-ace.io/v1alpha1")"},
      {"kind: Secret", R"(c.yaml:1: kind: got "Secret", want "Configuration")"},
      {"kind: [a]", "c.yaml:1: kind: got a list, want a single value"},
      {"concurrentHTTP: many", R"(c.yaml:1: concurrentHTTP: got "many", want a whole number)"},
      {"concurrentHTTP: 1.5", R"(c.yaml:1: concurrentHTTP: got "1.5", want a whole number)"},
      {"- a", "c.yaml:1: got a list, want keys with values"},
      {"text", "c.yaml:1: got a single value, want keys with values"},
      {"? [a]\n: b", "c.yaml:1: got a list, want a single value"},
      {"hideProgress: 3", R"(c.yaml:1: hideProgress: got "3", want true or false)"},
      {"registryConfig: {registries: {a: {endpoints: \"https://b\"}}}",
       "c.yaml:1: registryConfig.registries.a.endpoints: got a single value, want a list of URLs"},
      {"registryConfig: {registries: {a: {endpoints: {b: c}}}}",
       "c.yaml:1: registryConfig.registries.a.endpoints: got keys with values, want a list of URLs"},
      {"registryConfig: {registries: {a: {endpoints: [\"https://b?token=secret\"]}}}",
       R"(c.yaml:1: registryConfig.registries.a.endpoints: url "https://b/": a query is not allowed)"},
      {"registryConfig: {registries: {\"https://a\": {}}}",
       "c.yaml:1: registryConfig.registries.https://a: not a registry | write it as in references: host or host:port"},
      {"registryConfig:\n  registries:\n    docker.io: {}\n    index.docker.io: {}",
       "c.yaml:4: registryConfig.registries.index.docker.io: the same registry as docker.io"},
      {"registryConfig:\n  endpointConfig:\n    https://a: {}\n    https://a:443/: {}",
       "c.yaml:4: registryConfig.endpointConfig.https://a:443/: the same endpoint as one above"},
      {"registryConfig:\n  registries:\n    a:\n      rewritePull:\n        b: c\n        \"(\": d",
       "c.yaml:6: registryConfig.registries.a.rewritePull.(: \"(\" is no regular expression: Mismatched '(' and ')' in "
       "regular expression | write it as in ECMAScript, such as \"^library/(.*)\""},
      {"registryConfig: {registries: {a: {rewritePull: {b: $1}}}}",
       "c.yaml:1: registryConfig.registries.a.rewritePull.b: there is no group 1 in the pattern, which has 0"},
      {"registryConfig: {registries: {a: {rewritePull: {b: }}}}",
       "c.yaml:1: registryConfig.registries.a.rewritePull.b: got no value, want a single value"},
      {"registryConfig: {registries: {a: {rewritePull: [b]}}}",
       "c.yaml:1: registryConfig.registries.a.rewritePull: got a list, want keys with values"},
      {"registryConfig: {registries: {a: {endpoints: [[\"https://b\"]]}}}",
       "c.yaml:1: registryConfig.registries.a.endpoints: got a list, want a single value"},
      {"registryConfig:\n  registries:\n    a:\n      endpoints:\n      - mirror:8443",
       R"(c.yaml:5: registryConfig.registries.a.endpoints: endpoint "mirror:8443" has no scheme | write "https://mirror:8443", or "http://…" for a registry without TLS)"},
      {"registryConfig:\n  endpointConfig:\n    mirror: {}",
       R"(c.yaml:3: registryConfig.endpointConfig.mirror: endpoint "mirror" has no scheme | write "https://mirror", or "http://…" for a registry without TLS)"},
      {"registryConfig: {registries: {a: {noncompliant: 7}}}",
       R"(c.yaml:1: registryConfig.registries.a.noncompliant: got "7", want true or false)"},
      {"registryConfig: {endpointConfig: {\"https://a\": {tls: {insecureSkipVerify: [true]}}}}",
       "c.yaml:1: registryConfig.endpointConfig.https://a.tls.insecureSkipVerify: got a list, want a single value"},
      {"registryConfig: {endpointConfig: {\"https://a\": {supportsReferrers: both}}}",
       R"(c.yaml:1: registryConfig.endpointConfig.https://a.supportsReferrers: got "both", want auto, api or tag)"},
      {"a: b\n---\nc: d", "c.yaml:2: more text after the first YAML document | " + stands_alone},
      {"a: b\n---\n\n,", "c.yaml:2: more text after the first YAML document | " + stands_alone},
      {",", "c.yaml:1: more text after the first YAML document | " + stands_alone},
  };
  for (const auto& [text, wanted] : refusals) {
    CAPTURE(text);
    CHECK(refusal(text).starts_with(wanted));
    CHECK(refusal(text).find(" | ") != std::string::npos);
  }
}

TEST_CASE("YAML that cannot be read is refused with its line, in the words of its author") {
  const std::vector<std::pair<std::string, std::string>> refusals = {
      {"a: b\n\tc: d", "c.yaml:2: not valid YAML: a tab indents this line, and only blanks may | "},
      {"editor: vi\n editor: ed", "c.yaml:2: not valid YAML: a key stands where none may"},
      {"caFile: [a\nretries: 3", "c.yaml:2: not valid YAML: a '[' has no ']'"},
      {"{retries: 3", "not valid YAML: a '{' has no '}'"},
      {"caFile: \"a\nretries: 3", "not valid YAML: a quote is never closed"},
      {"caFile: 'a\nretries: 3", "not valid YAML: a quote is never closed"},
      {"retries: *none", "c.yaml:1: not valid YAML: an alias (*) without its anchor (&)"},
      {"caFile: \"\\q\"", "c.yaml:1: not valid YAML: an unknown escape after a backslash"},
  };
  for (const auto& [text, wanted] : refusals) {
    CAPTURE(text);
    CHECK(refusal(text).find(wanted) != std::string::npos);
  }
}

TEST_CASE("an endpoint of another scheme, or with a password, is refused with its line") {
  for (const auto* endpoint : {"ftp://a", "https://", "https://me:secret@a", "https://me:secret#1@a",
                               "https://me:secret?1@a", "https://me:secret/1@a"}) {
    const std::string got =
        refusal("registryConfig: {registries: {a: {endpoints: [\"" + std::string(endpoint) + "\"]}}}");
    CHECK_MESSAGE(got.starts_with("c.yaml:1: registryConfig.registries.a.endpoints: url "), got);
    CHECK(got.find("secret") == std::string::npos);
    const std::string of_key = refusal("registryConfig: {endpointConfig: {\"" + std::string(endpoint) + "\": {}}}");
    CHECK_MESSAGE(of_key.starts_with("c.yaml:1: registryConfig.endpointConfig."), of_key);
    CHECK(of_key.find("secret") == std::string::npos);
  }
}

TEST_CASE("text that is no YAML is refused with its line") {
  for (const auto* text :
       {"a: [", "a: b: c", "{", "}", "\"", "a: *b", "%YAML x\n", "&a &b c", "\t- a", "a: {b, c", "'", "!<"}) {
    const std::string got = refusal(text);
    CHECK_MESSAGE(got.starts_with("c.yaml:1: "), text << " is " << got);
  }
  CHECK(refusal("editor: vi\nkeys: [").starts_with("c.yaml:2: "));
  CHECK(refusal(std::string(100'000, '[')).starts_with("c.yaml:"));
  CHECK(refusal(std::string(100'000, '{')).starts_with("c.yaml:"));
}

TEST_CASE("a configuration file larger than 1 MiB is refused, and so is one that aliases make large") {
  CHECK(refusal(std::string((1 << 20) + 1, '#')).starts_with("c.yaml: larger than 1 MiB"));
  CHECK(refusal(std::string(1 << 20, '#')) == "accepted");
  std::string text = "registryConfig:\n  registries:\n    a0: &a\n      endpoints: [";
  for (int i = 0; i < 1000; ++i) text += "\"http://a\", ";
  text += "]\n";
  for (int i = 1; i < 1000; ++i) text += "    a" + std::to_string(i) + ": *a\n";
  CHECK(refusal(text).find("more than 100000 values") != std::string::npos);
  CHECK(refusal("registryConfig: &a {registries: *a}") != "accepted");
}

TEST_CASE("a configuration file cut anywhere is understood or refused") {
  for (std::size_t length = 0; length <= full.size(); ++length) {
    const std::string got = refusal(full.substr(0, length));
    CHECK_MESSAGE((got == "accepted" || got.starts_with("c.yaml:")), got);
  }
}

TEST_CASE("--config names the configuration file, else ACE_DT_CONFIG, else it is in one of the usual places") {
  using Files = std::vector<std::filesystem::path>;
  const auto both = environment({{"HOME", "/home/me"}, {"ACE_DT_CONFIG", "x.yaml::/y.yaml"}});
  CHECK(cli::config_search({"a", "b"}, both).files == Files{"a", "b"});
  CHECK(cli::config_search({"a", "b"}, both).named_by == "--config");
  CHECK(cli::config_search({}, both).files == Files{"x.yaml", "/y.yaml"});
  CHECK(cli::config_search({}, both).named_by == "ACE_DT_CONFIG");

  const auto unset = environment({{"HOME", "/home/me"}, {"ACE_DT_CONFIG", ""}});
  CHECK(cli::config_search({}, unset).files ==
        Files{"ace-dt-config.yaml", "/home/me/.config/ace/dt/config.yaml", "/etc/ace/dt/config.yaml"});
  CHECK(cli::config_search({}, unset).named_by.empty());
  CHECK(cli::config_search({}, environment({{"HOME", "/home/me"}, {"XDG_CONFIG_HOME", "/conf"}})).files ==
        Files{"ace-dt-config.yaml", "/conf/ace/dt/config.yaml", "/etc/ace/dt/config.yaml"});
  CHECK(cli::config_search({}, environment({})).files == Files{"ace-dt-config.yaml", "/etc/ace/dt/config.yaml"});
}

TEST_CASE("the first configuration file that is there is used") {
  const Folder folder;
  const auto one = folder.file("one.yaml", "concurrentHTTP: 1");
  const auto two = folder.file("two.yaml", "concurrentHTTP: 2");
  const auto missing = folder.path / "missing.yaml";
  CHECK(connections(cli::load_configuration({{missing, two, one}, "--config"})) == 2);
  CHECK(connections(cli::load_configuration({{one, two}, ""})) == 1);
  CHECK(connections(cli::load_configuration({{missing}, ""})) == 64);
  CHECK_THROWS_WITH_AS(cli::load_configuration({{missing, "/nowhere"}, "--config"}),
                       ("--config: no such file: " + missing.string() + ", /nowhere").c_str(), Error);
}

TEST_CASE("a configuration file that was named may be a pipe, one in a usual place is not waited for") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  REQUIRE(::write(ends[1], "concurrentHTTP: 3", 17) == 17);
  ::close(ends[1]);
  CHECK(connections(cli::load_configuration({{"/dev/fd/" + std::to_string(ends[0])}, "--config"})) == 3);
  ::close(ends[0]);
  const Folder folder;
  const auto fifo = folder.path / "fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  CHECK(cli::load_configuration({{fifo}, ""}).warnings.size() == 1);
}

TEST_CASE(
    "a configuration file that was named and cannot be read is an error; a usual place is skipped with a warning") {
  const Folder folder;
  const auto good = folder.file("good.yaml", "concurrentHTTP: 1");
  const auto bad = folder.file("bad.yaml", "nonsense: 1");
  const auto unreadable = good / "below-a-file";
  CHECK_THROWS_WITH_AS(cli::load_configuration({{unreadable, good}, "ACE_DT_CONFIG"}),
                       ("open " + unreadable.string() + ": Not a directory").c_str(), Error);
  const auto got = cli::load_configuration({{unreadable, good}, ""});
  CHECK(connections(got) == 1);
  CHECK(got.warnings ==
        std::vector<std::string>{"configuration file skipped: open " + unreadable.string() + ": Not a directory"});
  CHECK(cli::load_configuration({{unreadable}, ""}).warnings.size() == 1);
  CHECK_THROWS_AS(cli::load_configuration({{bad, good}, ""}), Error);
}

TEST_CASE("flags come before variables, variables before the configuration file, the file before the defaults") {
  const cli::Configuration file = parse("{concurrentHTTP: 5, hideProgress: true}");
  const auto connections_of = [&](const cli::Flags& flags, const std::string& variable) {
    const auto variables = environment({{"ACE_DT_CONCURRENT_HTTP", variable}});
    const engine::Settings engine = cli::resolve(flags, variables, file.given).values.engine;
    return std::pair(engine.connections, engine.connections_per_host);
  };
  CHECK(connections({}) == 64);
  CHECK(connections_of({}, "") == std::pair(5U, 5U));
  CHECK(connections_of({}, "6") == std::pair(6U, 6U));
  cli::Flags flags;
  for (const cli::Setting* setting : cli::all_settings())
    if (setting->flag.long_name() == "--connections") flags.add(setting->flag, "7");
  CHECK(connections_of(flags, "") == std::pair(7U, 5U));
  CHECK(connections_of(flags, "6") == std::pair(7U, 6U));
}
