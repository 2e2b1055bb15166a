// The configuration file is the reference's, so its YAML is read as the reference reads it: merge keys, JSON, keys for
// other commands. Everything else that is not understood is an error with its line, as a misspelt key would otherwise
// be ignored silently.

#include "acedt/cli/config_file.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <system_error>
#include <tuple>

#include "acedt/base/error.hpp"
#include "acedt/base/file.hpp"
#include "acedt/base/text.hpp"
#include "acedt/cli/flags.hpp"
#include "acedt/registry/endpoint.hpp"

namespace acedt::cli {
namespace {

constexpr std::size_t max_file = 1 << 20;
constexpr std::size_t max_values = 100'000;  // with aliases, a file can have far more values than bytes
constexpr std::size_t max_merge_depth = 32;
constexpr const char* api_version = "config.dt.act3-ace.io/v1alpha1";
constexpr const char* kind = "Configuration";
constexpr const char* see_sample = "ace-dt config --sample prints each key with a value that it may have";
constexpr std::string_view document_end =
    "\n...\n";  // yaml-cpp closes a quote at the end of a file, but not before this

/// Returns true for a plain `<<`. As for the reference, one in quotes is an ordinary key.
bool is_merge_key(const YAML::Node& key) {
  return key.IsScalar() && key.Scalar() == "<<" && (key.Tag() == "?" || key.Tag() == "tag:yaml.org,2002:merge");
}

std::string what_is(const YAML::Node& node) {
  if (node.IsNull()) return "no value";
  return node.IsMap() ? "keys with values" : node.IsSequence() ? "a list" : "a single value";
}

/// Walks the document. The functions for a key take the value of that key.
class Reader {
 public:
  explicit Reader(std::string file) { out_.file = std::move(file); }

  Configuration read(const YAML::Node& document) {
    Keys known = {
        {"apiVersion", [this](const YAML::Node& value) { must_be(value, api_version); }},
        {"kind", [this](const YAML::Node& value) { must_be(value, kind); }},
        {"registryAuthFile", [this](const YAML::Node& value) { auth_file(value); }},
        {"registryConfig", [this](const YAML::Node& value) { registry_config(value); }},
        // These concern other commands of the reference.
        {"cachePath", accept},
        {"cachePruneMax", accept},
        {"chunkSize", accept},
        {"editor", accept},
        {"telemetry", accept},
        {"telemetryUserName", accept},
        {"keys", accept},
    };
    for (const Setting* setting : all_settings())
      if (!setting->key.empty())
        known.emplace_back(setting->key, [this, setting](const YAML::Node& value) { give(*setting, value); });
    read_keys(document, known);
    return std::move(out_);
  }

 private:
  using Take = std::function<void(const YAML::Node&)>;
  using Keys = std::vector<std::pair<std::string, Take>>;

  struct Pair {
    std::string name;
    YAML::Node key;
    YAML::Node value;
  };

  static void accept(const YAML::Node&) {}

  /// Returns "registryConfig.registries.docker.io.endpoints".
  std::string joined_path() const {
    std::string joined;
    for (const std::string& name : path_) joined.append(joined.empty() ? "" : ".").append(name);
    return joined;
  }

  Error problem(const YAML::Node& node, const std::string& what) const {
    Error error(ErrorKind::usage, (path_.empty() ? "" : joined_path() + ": ") + what);
    error.add(place(node));
    return error;
  }

  void count(const YAML::Node& node) {
    if (++values_ > max_values)
      throw problem(node, "more than " + std::to_string(max_values) + " values").hint("use fewer aliases (*)");
  }

  /// Returns the pairs of `map`, then those of its merge keys (`<<`, YAML 1.1). If a key occurs several times, the
  /// first counts. `depth` is the number of maps that this one is merged into.
  std::vector<Pair> merged(const YAML::Node& map, std::size_t depth = 0) {
    count(map);
    if (depth > max_merge_depth)
      throw problem(map, "merge keys (<<) nested too deeply, or within themselves").hint("write the keys out");
    if (!map.IsMap())
      throw problem(map, "got " + what_is(map) + ", want keys with values" +
                             (depth == 0 ? "" : ", or a list of such maps, for a merge key (<<)"))
          .hint(see_sample);
    std::vector<Pair> pairs;
    std::vector<YAML::Node> sources;
    std::set<std::string> own;
    for (const auto& pair : map) {
      if (is_merge_key(pair.first)) {
        if (pair.second.IsSequence()) {
          for (const YAML::Node& source : pair.second) sources.push_back(source);
        } else if (!pair.second.IsNull()) {
          sources.push_back(pair.second);
        }
        continue;
      }
      const std::string name = text(pair.first);
      if (!own.insert(name).second)
        throw problem(pair.first, "duplicate key " + in_quotes(redacted_url(name))).hint("keep one of them");
      pairs.push_back({name, pair.first, pair.second});
    }
    for (const YAML::Node& source : sources)
      for (Pair& pair : merged(source, depth + 1)) pairs.push_back(std::move(pair));
    return pairs;
  }

  /// Calls `take` once for each key of `map`. A null value counts as a map without keys.
  void each_key(const YAML::Node& map,
                const std::function<void(const std::string&, const YAML::Node& key, const YAML::Node& value)>& take) {
    if (map.IsNull()) return count(map);
    std::set<std::string> seen;
    for (const auto& [name, key, value] : merged(map)) {
      if (!seen.insert(name).second) continue;
      path_.push_back(redacted_url(name));
      take(name, key, value);
      path_.pop_back();
    }
  }

  void read_keys(const YAML::Node& map, const Keys& known) {
    each_key(map, [&](const std::string& name, const YAML::Node& key, const YAML::Node& value) {
      const auto entry = std::find_if(known.begin(), known.end(), [&](const auto& k) { return k.first == name; });
      if (entry == known.end()) {
        path_.pop_back();
        throw unknown_key(name, key, known);
      }
      if (value.IsNull()) return;
      out_.lines.emplace(joined_path(), key.Mark().line + 1);
      entry->second(value);
    });
  }

  Error unknown_key(const std::string& name, const YAML::Node& key, const Keys& known) const {
    std::vector<std::string> names;
    for (const auto& entry : known) names.push_back(entry.first);
    if (path_.empty() && (name == "registries" || name == "endpointConfig"))
      return problem(key, "unknown key " + in_quotes(name)).hint("put it below registryConfig");
    const std::string meant = nearest(name, names);
    std::string all;
    for (const std::string& each : names) all.append(all.empty() ? "" : ", ").append(each);
    const std::string advice = path_.empty() ? "ace-dt config --sample prints all keys" : "known keys here: " + all;
    return problem(key, "unknown key " + in_quotes(redacted_url(name)))
        .hint(meant.empty() ? advice : "did you mean " + in_quotes(meant) + "?");
  }

  std::string text(const YAML::Node& value) {
    count(value);
    if (!value.IsScalar()) throw problem(value, "got " + what_is(value) + ", want a single value").hint(see_sample);
    return value.Scalar();
  }

  void must_be(const YAML::Node& value, const std::string& wanted) {
    const std::string got = text(value);
    if (got == wanted) return;
    throw problem(value, "got " + in_quotes(got) + ", want " + in_quotes(wanted))
        .hint("write " + in_quotes(wanted) + ", or leave the key out");
  }

  bool boolean(const YAML::Node& value) {
    bool out = false;
    if (!YAML::convert<bool>::decode(value, out))
      throw problem(value, "got " + in_quotes(text(value)) + ", want true or false").hint("write true or false");
    return out;
  }

  std::string place(const YAML::Node& node) const { return out_.file + ":" + std::to_string(node.Mark().line + 1); }

  /// Records the value, after setting it on a trial object: an invalid value is refused even if a flag overrides it.
  void give(const Setting& setting, const YAML::Node& value) {
    Given given{Given::Origin::file, place(value), std::string(setting.key)};
    if (setting.flag.is_repeated && value.IsSequence()) {
      for (const YAML::Node& each : value) given.texts.push_back(text(each));
    } else {
      given.texts.push_back(text(value));
    }
    if (given.texts.empty() || given.text().empty()) return;
    Values trial;
    apply(setting, trial, given);
    out_.given.emplace(setting.key, std::move(given));
  }

  void auth_file(const YAML::Node& value) {
    out_.auth_file = text(value);
    out_.auth_file_named_by = place(value) + ": registryAuthFile";
  }

  void registry_config(const YAML::Node& value) {
    read_keys(value, {{"registries", [this](const YAML::Node& registries) { each_registry(registries); }},
                      {"endpointConfig", [this](const YAML::Node& endpoints) { each_endpoint(endpoints); }}});
  }

  void each_registry(const YAML::Node& registries) {
    std::set<std::string> seen;
    each_key(registries, [&](const std::string& name, const YAML::Node& key, const YAML::Node& value) {
      if (name.find('/') != name.npos)
        throw problem(key, "not a registry").hint("write it as in references: host or host:port");
      const std::string registry = name == "index.docker.io" ? "docker.io" : name;
      if (!seen.insert(registry).second)
        throw problem(key, "the same registry as docker.io").hint("join the two entries");
      path_.back() = registry;
      read_keys(value, {{"endpoints", [&](const YAML::Node& urls) { endpoints(registry, urls); }},
                        {"rewritePull", [&](const YAML::Node& rules) { rewrite_pull(registry, rules); }},
                        {"noncompliant", [this](const YAML::Node& flag) { boolean(flag); }}});
    });
  }

  void endpoints(const std::string& registry, const YAML::Node& urls) {
    if (!urls.IsSequence())
      throw problem(urls, "got " + what_is(urls) + ", want a list of URLs")
          .hint("write them in brackets: [\"https://mirror.example\"]");
    for (const YAML::Node& url : urls) {
      const std::string endpoint = text(url);
      checked_endpoint(endpoint, url);
      out_.registries.endpoints[registry].push_back(endpoint);
    }
  }

  /// Returns `endpoint` in the form that its settings are looked up by.
  std::string checked_endpoint(const std::string& endpoint, const YAML::Node& node) const {
    if (endpoint.find("://") == std::string::npos)
      throw problem(node, "endpoint " + in_quotes(redacted_url(endpoint)) + " has no scheme")
          .hint("write " + in_quotes("https://" + redacted_url(endpoint)) +
                ", or \"http://…\" for a registry without TLS");
    try {
      return registry::endpoint_text(endpoint);
    } catch (const Error& error) {
      throw problem(node, error.what()).hint(error.hint());
    }
  }

  void rewrite_pull(const std::string& registry, const YAML::Node& rules) {
    each_key(rules, [&](const std::string& pattern, const YAML::Node& key, const YAML::Node& value) {
      const std::string replacement = text(value);
      try {
        out_.registries.rewrites[registry].push_back(registry::Rewrite::parse(pattern, replacement));
      } catch (const Error& error) {
        throw problem(key, error.what()).hint(error.hint());
      }
    });
  }

  void each_endpoint(const YAML::Node& endpoints) {
    std::set<std::string> seen;
    each_key(endpoints, [&](const std::string& url, const YAML::Node& key, const YAML::Node& value) {
      const std::string endpoint = checked_endpoint(url, key);
      if (!seen.insert(endpoint).second)
        throw problem(key, "the same endpoint as one above").hint("join the two entries");
      path_.back() = endpoint;
      registry::EndpointSettings& settings = out_.registries.endpoint_settings[endpoint];
      read_keys(value, {{"tls", [&](const YAML::Node& tls) { settings.insecure_skip_verify = skip_verify(tls); }},
                        {"supportsReferrers", [&](const YAML::Node& text) { settings.referrers = referrers(text); }}});
    });
  }

  bool skip_verify(const YAML::Node& tls) {
    bool skip = false;
    read_keys(tls, {{"insecureSkipVerify", [&](const YAML::Node& value) { skip = boolean(value); }}});
    return skip;
  }

  registry::ReferrersSupport referrers(const YAML::Node& value) {
    const std::string name = text(value);
    if (name == "tag") return registry::ReferrersSupport::tag;
    if (name == "api") return registry::ReferrersSupport::api;
    if (name == "auto" || name.empty()) return registry::ReferrersSupport::automatic;
    const Error wrong = not_one_of("supportsReferrers", name, {"auto", "api", "tag"});
    throw problem(value, "got " + in_quotes(name) + ", want auto, api or tag").hint(wrong.hint());
  }

  std::vector<std::string> path_;  // of keys, to the value that is being read
  std::size_t values_ = 0;
  Configuration out_;
};

std::vector<std::filesystem::path> default_config_files(const Environment& environment) {
  const std::string home = environment("HOME").value_or("");
  std::string config_home = environment("XDG_CONFIG_HOME").value_or("");
  if (config_home.empty() && !home.empty()) config_home = home + "/.config";
  std::vector<std::filesystem::path> files = {"ace-dt-config.yaml"};
  if (!config_home.empty()) files.push_back(std::filesystem::path(config_home) / "ace/dt/config.yaml");
  files.emplace_back("/etc/ace/dt/config.yaml");
  return files;
}

/// Reads `file`; unset if it does not exist. A named file may be a pipe. In a usual place, where another user may have
/// put something, only a regular file is read.
std::optional<Configuration> load_if_there(const std::filesystem::path& file, bool is_named) {
  if (is_named) {
    std::error_code problem;
    std::ignore = std::filesystem::status(file, problem);
    if (problem == std::errc::no_such_file_or_directory) return std::nullopt;
    return parse_configuration(read_file(file), file.string());
  }
  const std::optional<std::string> text = read_if_there(file);
  if (!text) return std::nullopt;
  return parse_configuration(*text, file.string());
}

/// Returns what yaml-cpp says about a document in the words of its author.
std::string explained(const std::string& message) {
  using namespace YAML::ErrorMsg;
  static const std::map<std::string_view, std::string_view> words = {
      {TAB_IN_INDENTATION, "a tab indents this line, and only blanks may"},
      {MAP_VALUE, "a key stands where none may: check how far the line is indented"},
      {END_OF_MAP, "a key is expected here: check how far the line is indented"},
      {END_OF_SEQ, "a '-' is expected here: check how far the line is indented"},
      {END_OF_MAP_FLOW, "a '{' has no '}'"},
      {END_OF_SEQ_FLOW, "a '[' has no ']'"},
      {FLOW_END, "a closing bracket without an opening one"},
      {DOC_IN_SCALAR, "a quote is never closed"},
      {EOF_IN_SCALAR, "a quote is never closed"},
      {UNKNOWN_ANCHOR, "an alias (*) without its anchor (&)"},
      {CHAR_IN_ANCHOR, "an anchor (&) or alias (*) with a character that it may not have"},
  };
  const auto found = words.find(message);
  if (found != words.end()) return std::string(found->second);
  return message.starts_with(INVALID_ESCAPE) ? "an unknown escape after a backslash" : "it cannot be understood";
}

/// Returns the positions of the first two documents of a stream. YAML::LoadAll loops forever at a token that starts no
/// document, such as a comma, and YAML::Load ignores what follows the first document.
std::vector<YAML::Mark> document_starts(const std::string& text) {
  struct Starts : YAML::EventHandler {
    std::vector<YAML::Mark> marks;

    void OnDocumentStart(const YAML::Mark& mark) override { marks.push_back(mark); }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
    void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
    void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnMapEnd() override {}
  } starts;
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  if (parser.HandleNextDocument(starts)) parser.HandleNextDocument(starts);
  return starts.marks;
}

}  // namespace

Configuration parse_configuration(std::string_view text, const std::string& file) {
  if (text.size() > max_file) throw Error(ErrorKind::usage, file + ": larger than 1 MiB").hint("is it the right file?");
  try {
    const std::string whole = std::string(text).append(document_end);
    const std::vector<YAML::Mark> starts = document_starts(whole);
    if (starts.empty()) return {.file = file};
    if (starts.size() > 1)
      throw Error(ErrorKind::usage, "more text after the first YAML document")
          .add(file + ":" + std::to_string(starts[1].line + 1))
          .hint("remove the second document, or the stray comma or bracket");
    return Reader(file).read(YAML::Load(whole));
  } catch (const YAML::Exception& problem) {
    const std::ptrdiff_t lines = std::ranges::count(trim(text), '\n') + 1;
    throw Error(ErrorKind::usage, "not valid YAML: " + explained(problem.msg))
        .add(file + ":" + std::to_string(std::min<std::ptrdiff_t>(problem.mark.line + 1, lines)))
        .hint(
            "check blanks, quotes and brackets in this line and the one before; ace-dt config --sample prints a valid "
            "file");
  }
}

ConfigSearch config_search(const std::vector<std::filesystem::path>& named, const Environment& environment) {
  if (!named.empty()) return {named, "--config"};
  const std::string list = environment("ACE_DT_CONFIG").value_or("");
  ConfigSearch search;
  for (const std::string_view file : split(list, ':'))
    if (!file.empty()) search.files.emplace_back(file);
  if (!search.files.empty()) {
    search.named_by = "ACE_DT_CONFIG";
    return search;
  }
  return {default_config_files(environment), {}};
}

Configuration load_configuration(const ConfigSearch& search) {
  std::vector<std::string> warnings;
  for (const std::filesystem::path& file : search.files) {
    try {
      if (auto configuration = load_if_there(file, !search.named_by.empty())) {
        configuration->warnings.insert(configuration->warnings.begin(), warnings.begin(), warnings.end());
        return *std::move(configuration);
      }
    } catch (const Error& error) {
      if (!search.named_by.empty() || error.kind() != ErrorKind::storage) throw;
      warnings.push_back(std::string("configuration file skipped: ") + error.what());
    }
  }
  if (search.named_by.empty()) return {.warnings = std::move(warnings)};
  std::string tried;
  for (const auto& file : search.files) tried += (tried.empty() ? "" : ", ") + file.string();
  throw Error(ErrorKind::usage, search.named_by + ": no such file: " + tried)
      .hint("check the path; ace-dt config --sample prints a file to start from");
}

}  // namespace acedt::cli
