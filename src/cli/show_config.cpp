#include "acedt/cli/show_config.hpp"

#include <set>

#include "acedt/base/text.hpp"
#include "acedt/registry/endpoint.hpp"

namespace acedt::cli {
namespace {

constexpr std::string_view sample = R"yaml(# Configuration of ace-dt. It is looked for in ./ace-dt-config.yaml, in
# $XDG_CONFIG_HOME/ace/dt/config.yaml (~/.config/ace/dt/config.yaml) and in /etc/ace/dt/config.yaml;
# ACE_DT_CONFIG and --config name others. The first file that is there is used.
# `ace-dt config` shows what is in effect.
apiVersion: config.dt.act3-ace.io/v1alpha1
kind: Configuration

# Connections at a time, in all and to one host; ACE_DT_CONCURRENT_HTTP and the flags
# --connections and --connections-per-host come before it.
concurrentHTTP: 64

# true: lines instead of the live display, as --no-term.
hideProgress: false

# The one file with credentials, instead of those of docker, podman and skopeo. Before it come
# ACE_DT_REGISTRY_AUTH_FILE and REGISTRY_AUTH_FILE.
# registryAuthFile: ~/.config/containers/auth.json

registryConfig:
  registries:
    # A registry, as references name it: host or host:port.
    registry.example:5000:
      # Where it is asked, in this order: one that is down, or does not have an artifact, passes on
      # to the next. A host that failed is left alone for five minutes.
      endpoints:
        - "https://registry.example:5000"
        # Without TLS:
        - "http://mirror.example:5000"
        # A path is that of the API, to which /v2 is added where it has none. What follows /v2 goes
        # before the names of repositories, as for the proxy projects of Harbor:
        - "https://harbor.example/v2/proxy"
        - "https://nexus.example/repository/docker"
      # Other names for repositories, at all endpoints: the first regular expression (ECMAScript)
      # that matches counts. $1 is its first group.
      rewritePull:
        "^library/(.*)": "official/$1"
  endpointConfig:
    # An endpoint, as above.
    "https://harbor.example/v2/proxy":
      # How referrers are asked for: api, tag, or auto: by the API where there is one.
      supportsReferrers: auto
      tls:
        # true: its certificate is not verified.
        insecureSkipVerify: false
)yaml";

class Printer {
 public:
  Printer(const Arguments& arguments, const Configuration& configuration, const registry::AuthSearch& auth)
      : arguments_(arguments), configuration_(configuration), auth_(auth) {}

  std::string print(const ConfigSearch& search) {
    files(search);
    values();
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

  void files(const ConfigSearch& search) {
    std::string looked;
    for (const auto& file : search.files) looked.append(looked.empty() ? "" : ", ").append(file.string());
    const std::string by = search.named_by.empty() ? "the usual places" : search.named_by;
    line(0, "# Looked for in " + printable(looked) + " (" + by + ")");
    line(0, configuration_.file.empty() ? "# None of them is there" : "# Read: " + printable(configuration_.file));
  }

  /// File names may have anything in them.
  static std::string printable(const std::string& text) {
    const std::string shown = in_quotes(text);
    return shown.substr(1, shown.size() - 2);
  }

  /// Of the value `name` of Arguments, else of the key in the file.
  std::string source(const std::string& name, const std::string& key) const {
    const auto found = arguments_.sources.find(name);
    return found == arguments_.sources.end() ? source_of(key) : found->second;
  }
  std::string source_of(const std::string& key) const {
    const auto found = configuration_.lines.find(key);
    if (found == configuration_.lines.end()) return "default";
    return printable(configuration_.file) + ":" + std::to_string(found->second);
  }

  void values() {
    const serialize::Options options = combined(arguments_, configuration_);
    line(0, "apiVersion: config.dt.act3-ace.io/v1alpha1");
    line(0, "kind: Configuration");
    line(0, "concurrentHTTP: " + std::to_string(options.engine.connections), source("connections", "concurrentHTTP"));
    line(0, "# connections to one host: " + std::to_string(options.engine.connections_per_host),
         source("connections_per_host", "concurrentHTTP"));
    const bool hidden = configuration_.hide_progress || arguments_.no_term;
    line(0, std::string("hideProgress: ") + (hidden ? "true" : "false"), source("no_term", "hideProgress"));
    credentials();
    line(0, "# verbosity: " + std::to_string(static_cast<int>(arguments_.log_level)), source("log_level", ""));
  }

  void credentials() {
    std::string files;
    for (const auto& file : auth_.files) files.append(files.empty() ? "" : ", ").append(file.string());
    const bool by_file = !configuration_.auth_file.empty() && auth_.named_by == configuration_.auth_file_named_by;
    if (by_file) return line(0, "registryAuthFile: " + in_quotes(files), source_of("registryAuthFile"));
    line(0, "# credentials: " + printable(files), auth_.named_by.empty() ? "default" : auth_.named_by);
  }

  const registry::Settings& settings() const { return configuration_.registries; }

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

  const Arguments& arguments_;
  const Configuration& configuration_;
  const registry::AuthSearch& auth_;
  std::string out_;
};

}  // namespace

std::string show_configuration(const Arguments& arguments, const ConfigSearch& search,
                               const Configuration& configuration, const registry::AuthSearch& auth) {
  return Printer(arguments, configuration, auth).print(search);
}

std::string_view sample_configuration() {
  return sample;
}

}  // namespace acedt::cli
