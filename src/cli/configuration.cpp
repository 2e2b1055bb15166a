// The configuration in effect, and how `ace-dt config` prints it: with the source of each value, or as a sample.

#include "acedt/cli/configuration.hpp"

#include <algorithm>
#include <cctype>
#include <set>

#include "acedt/base/text.hpp"
#include "acedt/cli/flags.hpp"
#include "acedt/registry/endpoint.hpp"
#include "cli/network_settings.hpp"

namespace acedt::cli {
namespace {

constexpr std::string_view sample_head = R"yaml(# Configuration of ace-dt. It is looked for in ./ace-dt-config.yaml, in
# $XDG_CONFIG_HOME/ace/dt/config.yaml (~/.config/ace/dt/config.yaml) and in /etc/ace/dt/config.yaml;
# ACE_DT_CONFIG and --config name other files. The first file that exists is used.
# `ace-dt config` shows the settings in effect.
apiVersion: config.dt.act3-ace.io/v1alpha1
kind: Configuration

# The settings, with their defaults or examples. Flags and environment variables take precedence.
)yaml";

constexpr std::string_view sample_tail = R"yaml(
# The file with credentials, used instead of those of docker, podman and skopeo. The variables
# ACE_DT_REGISTRY_AUTH_FILE and REGISTRY_AUTH_FILE take precedence.
#registryAuthFile: ~/.config/containers/auth.json

registryConfig:
  registries:
    # A registry, as references name it: host or host:port.
    registry.example:5000:
      # Its endpoints, tried in order: if one is down or does not have an artifact, the next one is
      # tried. A host that failed is avoided for five minutes.
      endpoints:
        - "https://registry.example:5000"
        # Without TLS:
        - "http://mirror.example:5000"
        # A path is the path of the API; /v2 is appended if it is missing. Anything after /v2 is
        # prepended to repository names, as for the proxy projects of Harbor:
        - "https://harbor.example/v2/proxy"
        - "https://nexus.example/repository/docker"
      # Renames repositories, at all endpoints: the first regular expression (ECMAScript) that
      # matches applies. $1 is its first group.
      rewritePull:
        "^library/(.*)": "official/$1"
  endpointConfig:
    # An endpoint, as above.
    "https://harbor.example/v2/proxy":
      # How referrers are found: api, tag, or auto (the API, if there is one).
      supportsReferrers: auto
      tls:
        # true: the certificate is not verified.
        insecureSkipVerify: false
)yaml";

/// Returns a value as YAML; in quotes if it could be read as anything but text or a number.
std::string yaml_of(const std::string& text) {
  const bool is_plain =
      std::ranges::all_of(text, [](unsigned char c) { return std::isalnum(c) || c == '.' || c == '-'; });
  return is_plain && !text.starts_with('-') ? text : in_quotes(text);
}

std::string yaml_of(const Setting& setting, const std::vector<std::string>& texts) {
  if (!setting.flag.is_repeated) return yaml_of(texts.back());
  std::string list;
  for (const std::string& text : texts) list.append(list.empty() ? "[" : ", ").append(yaml_of(text));
  return list + "]";
}

class Printer {
 public:
  explicit Printer(const Setup& setup) : setup_(setup) {}

  std::string print() {
    files();
    line(0, "apiVersion: config.dt.act3-ace.io/v1alpha1");
    line(0, "kind: Configuration");
    for (const Setting* setting : all_settings()) print_setting(*setting);
    credentials();
    if (!registries().empty() || !settings().endpoint_settings.empty()) line(0, "registryConfig:");
    if (!registries().empty()) line(1, "registries:");
    for (const std::string& registry : registries()) print_registry(registry);
    if (!settings().endpoint_settings.empty()) line(1, "endpointConfig:");
    for (const auto& [url, of_endpoint] : settings().endpoint_settings) print_endpoint(url, of_endpoint);
    return std::move(out_);
  }

 private:
  void line(std::size_t depth, const std::string& text, const std::string& source = "") {
    out_.append(2 * depth, ' ').append(text);
    out_.append(source.empty() ? "" : "  # " + source).append("\n");
  }

  void files() {
    std::string looked;
    for (const auto& file : setup_.search.files) looked.append(looked.empty() ? "" : ", ").append(file.string());
    const std::string by = setup_.search.named_by.empty() ? "the usual places" : setup_.search.named_by;
    line(0, "# Looked for in " + printable(looked) + " (" + by + ")");
    line(0, setup_.file.file.empty() ? "# None of them exists" : "# Read: " + printable(setup_.file.file));
  }

  /// Returns "FILE:LINE" for a key of the file, or "default".
  std::string source_of(const std::string& key) const {
    const auto found = setup_.file.lines.find(key);
    if (found == setup_.file.lines.end()) return "default";
    return printable(setup_.file.file) + ":" + std::to_string(found->second);
  }

  void print_setting(const Setting& setting) {
    const auto given = setup_.settings.given.find(&setting);
    const std::string source = given == setup_.settings.given.end() ? "default" : printable(given->second.source);
    const std::vector<std::string> texts = setting.texts(setup_.settings.values);
    if (texts.empty()) return line(0, "# " + std::string(setting.key) + ": " + std::string(setting.unset), "default");
    line(0, std::string(setting.key) + ": " + yaml_of(setting, texts), source);
  }

  void credentials() {
    const registry::AuthSearch& auth = setup_.login_files.search;
    std::string files;
    for (const auto& file : auth.files) files.append(files.empty() ? "" : ", ").append(file.string());
    const bool by_file = !setup_.file.auth_file.empty() && auth.named_by == setup_.file.auth_file_named_by;
    if (by_file) return line(0, "registryAuthFile: " + in_quotes(files), source_of("registryAuthFile"));
    line(0, "# credentials: " + printable(files), auth.named_by.empty() ? "default" : auth.named_by);
  }

  const registry::Settings& settings() const { return setup_.file.registries; }

  std::set<std::string> registries() const {
    std::set<std::string> names;
    for (const auto& [registry, urls] : settings().endpoints) names.insert(registry);
    for (const auto& [registry, rules] : settings().rewrites) names.insert(registry);
    return names;
  }

  void print_registry(const std::string& registry) {
    const std::string key = "registryConfig.registries." + registry;
    line(2, in_quotes(registry) + ":");
    line(3, "endpoints:", source_of(key + ".endpoints"));
    const auto endpoints = settings().endpoints.find(registry);
    const bool configured = endpoints != settings().endpoints.end();
    if (!configured) line(4, "- " + in_quotes("https://" + registry));
    for (const std::string& url : configured ? endpoints->second : std::vector<std::string>()) {
      line(4, "- " + in_quotes(url));
    }
    const auto rules = settings().rewrites.find(registry);
    if (rules == settings().rewrites.end()) return;
    line(3, "rewritePull:", source_of(key + ".rewritePull"));
    for (const auto& rule : rules->second) line(4, in_quotes(rule.pattern()) + ": " + in_quotes(rule.replacement()));
  }

  void print_endpoint(const std::string& url, const registry::EndpointSettings& of_endpoint) {
    const std::string key = "registryConfig.endpointConfig." + url;
    line(2, in_quotes(url) + ":");
    line(3, "supportsReferrers: " + name_of(of_endpoint.referrers), source_of(key + ".supportsReferrers"));
    line(3, "tls:");
    line(4, std::string("insecureSkipVerify: ") + (of_endpoint.insecure_skip_verify ? "true" : "false"),
         source_of(key + ".tls.insecureSkipVerify"));
  }

  static std::string name_of(registry::ReferrersSupport referrers) {
    switch (referrers) {
      case registry::ReferrersSupport::api: return "api";
      case registry::ReferrersSupport::tag: return "tag";
      case registry::ReferrersSupport::automatic: break;
    }
    return "auto";
  }

  const Setup& setup_;
  std::string out_;
};

}  // namespace

Setup set_up(const Flags& flags, const Environment& environment) {
  const std::vector<std::string> named = flags.all(config_flag);
  Setup out;
  out.search = config_search({named.begin(), named.end()}, environment);
  out.file = load_configuration(out.search);
  out.login_files = login_files(environment, out.file);
  out.settings = resolve(flags, environment, out.file.given);
  engine::Settings& engine = out.settings.values.engine;
  for (std::filesystem::path& file : engine.certificates.authorities) file = without_tilde(file, environment);
  engine.certificates.folders = certificate_folders(environment);
  engine.proxies = proxies(environment);
  engine.registries = out.file.registries;
  engine.auth_files = out.login_files.search;
  return out;
}

std::string show_configuration(const Setup& setup) {
  return Printer(setup).print();
}

std::string sample_configuration() {
  std::string out(sample_head);
  for (const Setting* setting : all_settings()) {
    std::vector<std::string> texts = setting->texts({});
    if (texts.empty()) texts.emplace_back(setting->example);
    const std::string names = std::string(setting->flag.long_name()) +
                              (setting->variable.empty() ? "" : ", " + std::string(setting->variable));
    out.append("\n").append(wrapped(std::string(setting->flag.help) + " (" + names + ")", "# ")).append("\n#");
    out.append(setting->key).append(": ").append(yaml_of(*setting, texts)).append("\n");
  }
  return out.append(sample_tail);
}

}  // namespace acedt::cli
