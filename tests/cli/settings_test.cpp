#include "acedt/cli/settings.hpp"

#include "acedt/base/error.hpp"
#include "acedt/base/file.hpp"
#include "acedt/cli/config_file.hpp"
#include "acedt/cli/configuration.hpp"
#include "cli/commands.hpp"
#include "cli/environment.hpp"
#include "cli/output_settings.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <set>

using namespace acedt;
using namespace acedt::testing;

namespace {

/// "--retry-max-wait" -> "retryMaxWait".
std::string camel_case(std::string_view flag) {
  std::string out;
  for (std::size_t i = 2; i < flag.size(); ++i) {
    const bool is_first = flag[i - 1] == '-' && i > 2;
    if (flag[i] != '-') out += is_first ? static_cast<char>(std::toupper(flag[i])) : flag[i];
  }
  return out;
}

/// "`-v`, `--verbosity LEVEL`".
std::string names_of(const cli::Flag& flag) {
  std::string names = "`" + std::string(flag.names);
  const auto comma = names.find(',');
  if (comma != names.npos) names.replace(comma, 1, "`, `");
  return names + (flag.value.empty() ? "" : " " + std::string(flag.value)) + "`";
}

std::string row(const cli::Flag& flag, const std::string& key, const std::string& usual) {
  const auto cell = [](const std::string& text) { return text.empty() ? " |" : " " + text + " |"; };
  return "|" + cell(names_of(flag)) + cell(key) + cell(usual) + cell(std::string(flag.help)) + "\n";
}

/// The table of flags in docs/settings.md, as the declarations have it.
std::string table() {
  std::string out = "| flag | key, variable | default | |\n|---|---|---|---|\n";
  for (const cli::Setting* setting : cli::all_settings()) {
    std::string key = "`" + std::string(setting->key) + "`";
    if (!setting->variable.empty()) key += ", `$" + std::string(setting->variable) + "`";
    const std::string usual = cli::default_text(*setting);
    out += row(setting->flag, key, usual.empty() ? "off" : usual);
  }
  for (const cli::Flag* flag : cli::commands().commands.front().flags) out += row(*flag, "", "");
  return out + row(cli::config_flag, "", "");
}

/// The settings that a configuration file gives.
cli::Values values_of(std::string_view file) {
  return cli::resolve({}, environment({}), cli::parse_configuration(file, "c.yaml").given).values;
}

std::string refusal(std::string_view file, const std::vector<std::pair<std::string_view, std::string>>& flags = {}) {
  cli::Flags given;
  for (const auto& [name, text] : flags)
    for (const cli::Setting* setting : cli::all_settings())
      if (setting->flag.long_name() == name) given.add(setting->flag, text);
  try {
    cli::resolve(given, environment({}), cli::parse_configuration(file, "c.yaml").given);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

constexpr std::string_view everything = R"yaml(recursive: true
platform: [linux/amd64, "linux/arm/v7"]
trackerFilename: t.csv
compression: gzip
compressionLevel: 3
manifestJson: yes
dedup: name
split: 700MB
checkTags: true
keepGoing: true
concurrentHTTP: 9
connectionsPerHost: 8
memory: 48MiB
retries: 2
retryMaxWait: 90s
stallTimeout: 1m
caFile: [a.pem, "b c.pem"]
maxRate: 100MB
maxRequestsPerSecond: 7
commitTimeout: 7m
quiet: true
hideProgress: true
logFormat: json
verbosity: debug
)yaml";

}  // namespace

TEST_CASE("the table of flags in docs/settings.md is that of the declarations") {
  const std::string document = read_file(std::filesystem::path(std::getenv("ACEDT_DOCS")) / "settings.md");
  const auto start = document.find("| flag |");
  REQUIRE(start != document.npos);
  CHECK(document.substr(start, document.find("\n\n", start) + 1 - start) == table());
}

TEST_CASE("a key is the flag's name in camel case, but for two of the reference") {
  std::set<std::string_view> keys;
  for (const cli::Setting* setting : cli::all_settings()) {
    CHECK(keys.insert(setting->key).second);
    if (setting->key != "concurrentHTTP" && setting->key != "hideProgress")
      CHECK(setting->key == camel_case(setting->flag.long_name()));
  }
}

TEST_CASE("every setting can be set in the configuration file") {
  const cli::Values got = values_of(everything);
  CHECK(got.serialize.recursive);
  CHECK(got.serialize.platforms.text() == "linux/amd64,linux/arm/v7");
  CHECK(got.serialize.tracker_filename == "t.csv");
  CHECK(got.serialize.compression == codec::Compression::gzip);
  CHECK(got.serialize.compression_level == 3);
  CHECK(got.serialize.manifest_json);
  CHECK(got.serialize.dedup == plan::DedupScope::name);
  CHECK(got.serialize.split == Bytes{700'000'000});
  CHECK(got.serialize.check_tags);
  CHECK(got.serialize.keep_going);
  CHECK(got.engine.connections == 9);
  CHECK(got.engine.connections_per_host == 8);
  CHECK(got.engine.memory == 48_MiB);
  CHECK(got.engine.retry.retries == 2);
  CHECK(got.engine.retry.max_wait == std::chrono::seconds(90));
  CHECK(got.engine.timeouts.stall == std::chrono::minutes(1));
  CHECK(got.engine.certificates.authorities == std::vector<std::filesystem::path>{"a.pem", "b c.pem"});
  CHECK(got.engine.max_rate == Bytes{100'000'000});
  CHECK(got.engine.max_requests_per_second == 7U);
  CHECK(got.quiet);
  CHECK(got.no_term);
  CHECK(got.log_format == cli::LogFormat::json);
  CHECK(got.log_level == LogLevel::debug);
  for (const cli::Setting* setting : cli::all_settings())
    CHECK_MESSAGE(everything.find(std::string(setting->key) + ": ") != everything.npos, setting->key);
}

TEST_CASE("set() understands what texts() says, so a configuration that is shown says the same") {
  cli::Setup setup;
  setup.file = cli::parse_configuration(everything, "c.yaml");
  setup.settings = cli::resolve({}, environment({}), setup.file.given);
  const std::string shown = cli::show_configuration(setup);
  const cli::Values again = values_of(shown);
  for (const cli::Setting* setting : cli::all_settings()) {
    CHECK_MESSAGE(setting->texts(again) == setting->texts(setup.settings.values), setting->key);
    CHECK_MESSAGE(setting->texts(again) != setting->texts({}), setting->key);
  }
}

TEST_CASE("the sample has every setting, ready to be taken from its comment") {
  std::string text = cli::sample_configuration();
  CHECK(cli::parse_configuration(text, "sample").given.empty());
  for (const cli::Setting* setting : cli::all_settings()) {
    const auto at = text.find("\n#" + std::string(setting->key) + ": ");
    REQUIRE_MESSAGE(at != text.npos, setting->key);
    text.erase(at + 1, 1);
  }
  const cli::Configuration got = cli::parse_configuration(text, "sample");
  for (const cli::Setting* setting : cli::all_settings()) {
    CHECK(got.given.count(setting->key) == 1);
    const auto usual = setting->texts({});
    if (!usual.empty()) CHECK(setting->texts(values_of(text)) == usual);
  }
}

TEST_CASE("the level's range and defaults in the help are those of the compressors") {
  std::string help;
  std::string usual;
  for (const auto& [name, compression] :
       {std::pair("zstd", codec::Compression::zstd), std::pair("gzip", codec::Compression::gzip)}) {
    const codec::LevelRange levels = codec::level_range(compression);
    const std::string separator = help.empty() ? "" : ", ";
    help += separator + name + " " + std::to_string(levels.min) + " to " + std::to_string(levels.max);
    usual += separator + name + " " + std::to_string(levels.default_level);
  }
  for (const cli::Setting* setting : cli::all_settings()) {
    if (setting->key != "compressionLevel") continue;
    CHECK(setting->flag.help == help);
    CHECK(setting->unset == usual);
  }
}

TEST_CASE("a compression level in the configuration file is for runs that compress") {
  CHECK(values_of("compressionLevel: 3").serialize.compression_level == std::nullopt);
  CHECK(values_of("compressionLevel: 3\ncompression: zstd").serialize.compression_level == 3);
  CHECK(values_of("compressionLevel: normal\ncompression: zstd").serialize.compression_level == std::nullopt);
  CHECK(refusal("compressionLevel: 3", {{"--compression", "none"}}) == "accepted");
  CHECK(refusal("", {{"--compression-level", "3"}}) == "--compression-level without --compression");
  CHECK(refusal("compressionLevel: 19", {{"--compression", "gzip"}}) ==
        "c.yaml:1: compressionLevel for gzip: got \"19\", want a number from 1 to 12");
  CHECK(refusal("compressionLevel: 19", {{"--compression", "gzip"}, {"--compression-level", "7"}}) == "accepted");
}

TEST_CASE("a wrong setting in the configuration file is refused with its line and key, even if a flag replaces it") {
  const std::pair<const char*, const char*> refusals[] = {
      {"\ncompression: lz4", R"(c.yaml:2: compression: got "lz4", want zstd, gzip or none)"},
      {"compressionLevel: 20", R"(c.yaml:1: compressionLevel: got "20", want a number from 1 to 19)"},
      {"split: 1KiB", R"(c.yaml:1: split: got "1KiB", want a size of 64KiB or more, such as 4GB)"},
      {"split: large", R"(c.yaml:1: split: got "large", want a size such as 48MiB or 1GB)"},
      {"dedup: all", R"(c.yaml:1: dedup: got "all", want folder, name or none)"},
      {"connectionsPerHost: 0", R"(c.yaml:1: connectionsPerHost: got "0", want a number from 1 to 1024)"},
      {"memory: much", R"(c.yaml:1: memory: got "much", want a size such as 48MiB or 1GB)"},
      {"retries: -1", R"(c.yaml:1: retries: got "-1", want a number from 0 to 1000)"},
      {"retryMaxWait: long", R"(c.yaml:1: retryMaxWait: got "long", want a time such as 500ms, 30s or 2m)"},
      {"stallTimeout: 0s", R"(c.yaml:1: stallTimeout: got "0s", want a time above zero, such as 30s)"},
      {"maxRate: 1kB", R"(c.yaml:1: maxRate: got "1kB", want 10KiB or more)"},
      {"maxRequestsPerSecond: 0", R"(c.yaml:1: maxRequestsPerSecond: got "0", want a number from 1 to 100000)"},
      {"keepGoing: perhaps", R"(c.yaml:1: keepGoing: got "perhaps", want true or false)"},
      {"logFormat: xml", R"(c.yaml:1: logFormat: got "xml", want text or json)"},
      {"verbosity: loud", R"(c.yaml:1: verbosity: "loud" is not a level)"},
      {"caFile: {a: b}", "c.yaml:1: caFile: got keys with values, want a single value"},
      {"memory: [1, 2]", "c.yaml:1: memory: got a list, want a single value"},
  };
  for (const auto& [file, what] : refusals) CHECK(refusal(file) == what);
  CHECK(refusal("memory: much", {{"--memory", "48MiB"}}).starts_with("c.yaml:1: memory: "));
}

TEST_CASE("a switch of the configuration file can be taken back by its flag, and an empty value sets nothing") {
  cli::Flags flags;
  for (const cli::Setting* setting : cli::all_settings())
    if (setting->key == "quiet") flags.add(setting->flag, "false");
  const cli::Configuration file = cli::parse_configuration("quiet: true\nmemory: \"\"\ncaFile: []", "c.yaml");
  const cli::Values got = cli::resolve(flags, environment({}), file.given).values;
  CHECK_FALSE(got.quiet);
  CHECK(got.engine.memory == std::nullopt);
  CHECK(got.engine.certificates.authorities.empty());
}

TEST_CASE("connections to one host follow concurrentHTTP, unless they have a key of their own") {
  CHECK(values_of("concurrentHTTP: 5").engine.connections_per_host == 5);
  CHECK(values_of("{concurrentHTTP: 5, connectionsPerHost: 2}").engine.connections_per_host == 2);
  CHECK(values_of("connectionsPerHost: 2").engine.connections == 64);
}

TEST_CASE("flag and variable ask for JSON before the settings are known") {
  const auto asks = [](std::vector<std::string> words, const std::string& variable) {
    return cli::asks_for_json(words, environment({{"ACE_DT_LOG_FORMAT", variable}}));
  };
  CHECK(asks({"mirror", "--log-format", "json"}, ""));
  CHECK(asks({"mirror", "--log-format=json"}, "text"));
  CHECK(asks({}, "json"));
  CHECK_FALSE(asks({"--log-format=text"}, "json"));
  CHECK_FALSE(asks({"--", "--log-format=json"}, ""));
  CHECK_FALSE(asks({"--log-format"}, ""));
}
