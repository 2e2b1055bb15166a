// manifest.json is derived from the manifests of the archive: for each named manifest an image is chosen (ImageChoice),
// and images with the same config and layers share an entry. All JSON is written by IndentedJson, which produces the
// bytes of Go's json.MarshalIndent.

#include "acedt/oci/layout.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <utility>

#include "acedt/base/text.hpp"

namespace acedt::oci {
namespace {

/// Writes JSON as Go's json.MarshalIndent(value, "", "  ") does.
class IndentedJson {
 public:
  IndentedJson() { out_.reserve(2048); }  // more than most documents have

  void open(char bracket) {
    out_ += bracket;
    ++depth_;
    empty_ = true;
  }
  void close(char bracket) {
    --depth_;
    if (!empty_) new_line();
    out_ += bracket;
    empty_ = false;
  }
  /// Starts the next item of an array.
  void item() {
    if (!empty_) out_ += ',';
    empty_ = false;
    new_line();
  }
  /// Starts the next member of an object.
  void key(std::string_view name) {
    item();
    text(name);
    out_ += ": ";
  }
  void text(std::string_view value) { (out_ += '"').append(json_escaped(value)) += '"'; }
  void number(std::uint64_t value) { out_ += std::to_string(value); }

  void member(std::string_view name, std::string_view value) {
    key(name);
    text(value);
  }
  void member(std::string_view name, const std::vector<std::string>& values) {
    key(name);
    open('[');
    for (const std::string& value : values) {
      item();
      text(value);
    }
    close(']');
  }
  void member(std::string_view name, const std::map<std::string, std::string>& values) {
    key(name);
    open('{');
    for (const auto& [inner_name, value] : values) member(inner_name, value);
    close('}');
  }
  void member_unless_empty(std::string_view name, const auto& value) {
    if (!value.empty()) member(name, value);
  }

  std::string take() { return std::move(out_); }

 private:
  void new_line() { (out_ += '\n').append(2 * depth_, ' '); }

  std::string out_;
  std::size_t depth_ = 0;
  bool empty_ = true;  // nothing follows the innermost open bracket yet
};

void write(IndentedJson& json, const Platform& platform) {
  json.open('{');
  json.member("architecture", platform.architecture);
  json.member("os", platform.os);
  json.member_unless_empty("os.version", platform.os_version);
  json.member_unless_empty("os.features", platform.os_features);
  json.member_unless_empty("variant", platform.variant);
  json.close('}');
}

void write(IndentedJson& json, const Descriptor& descriptor) {
  json.open('{');
  json.member("mediaType", descriptor.media_type);
  json.member("digest", descriptor.digest.text());
  json.key("size");
  json.number(descriptor.size.count);
  json.member_unless_empty("urls", descriptor.urls);
  json.member_unless_empty("annotations", descriptor.annotations);
  if (descriptor.data) json.member_unless_empty("data", to_base64(as_bytes(*descriptor.data)));
  if (descriptor.platform) {
    json.key("platform");
    write(json, *descriptor.platform);
  }
  json.member_unless_empty("artifactType", descriptor.artifact_type);
  json.close('}');
}

using Contents = std::map<Digest, const Manifest*>;

/// Returns whether docker can load the manifest: its config must have the media type of a container image.
bool is_image(const Manifest& manifest) {
  if (manifest.kind != ContentKind::image || !manifest.config) return false;
  const std::string_view config = manifest.config->media_type;
  return config == media_type::oci_config || config == media_type::docker_config;
}

/// Returns whether `platform` satisfies `wanted`; an empty variant matches any.
bool runs_on(const std::optional<Platform>& platform, const Platform& wanted) {
  return platform && platform->os == wanted.os && platform->architecture == wanted.architecture &&
         (wanted.variant.empty() || platform->variant == wanted.variant);
}

/// Chooses the image that stands for an index in manifest.json, which knows images only.
///
/// Each index is evaluated once, in post-order, however many others refer to it: ten thousand indexes may share an
/// index of ten thousand images.
class ImageChoice {
 public:
  ImageChoice(const Contents& contents, const Platform& own) : contents_(contents), own_(own) {}

  /// Returns the image for `root`, which may itself be an image; null if there is none.
  const Manifest* of(const Descriptor& root) {
    look_into(root);
    const Candidates candidates = candidates_of(root);
    const auto found = std::ranges::find_if(candidates, [](const Manifest* image) { return image != nullptr; });
    return found == candidates.end() ? nullptr : *found;
  }

 private:
  /// The first image in depth-first order for `own`, for linux/amd64, and for any platform; the first that is set wins.
  using Candidates = std::array<const Manifest*, 3>;
  struct Level {
    const Manifest* index;
    std::size_t next = 0;  // child to visit
  };

  /// Returns null for attestations and for manifests that the archive does not have.
  const Manifest* content_of(const Descriptor& descriptor) const {
    const Platform attestation{.architecture = "unknown", .os = "unknown"};
    const auto found = contents_.find(descriptor.digest);
    return found == contents_.end() || descriptor.platform == attestation ? nullptr : found->second;
  }

  /// Enters `root`, if it is an index, and every index below it into known_: children first.
  void look_into(const Descriptor& root) {
    std::vector<Level> path;  // not recursion: a registry may nest indexes to any depth
    const auto enter = [&](const Descriptor& descriptor) {
      const Manifest* content = content_of(descriptor);
      const bool is_index = content != nullptr && content->kind == ContentKind::index;
      if (is_index && known_.try_emplace(content).second) path.push_back({content});
    };
    enter(root);
    while (!path.empty()) {
      Level& level = path.back();
      if (level.next < level.index->manifests.size()) {
        enter(level.index->manifests[level.next++]);
        continue;
      }
      Candidates& of_index = known_[level.index];
      for (const Descriptor& child : level.index->manifests) {
        const Candidates of_child = candidates_of(child);
        for (std::size_t i = 0; i < of_index.size(); ++i)
          if (of_index[i] == nullptr) of_index[i] = of_child[i];
      }
      path.pop_back();
    }
  }

  /// Returns the candidates of an image itself, or of an index that was visited.
  Candidates candidates_of(const Descriptor& descriptor) const {
    const Manifest* content = content_of(descriptor);
    if (content == nullptr) return {};
    if (content->kind == ContentKind::index) return known_.at(content);
    if (!is_image(*content)) return {};
    const Platform linux_amd64{.architecture = "amd64", .os = "linux"};
    const auto if_runs_on = [&](const Platform& wanted) {
      return runs_on(descriptor.platform, wanted) ? content : nullptr;
    };
    return {if_runs_on(own_), if_runs_on(linux_amd64), content};
  }

  const Contents& contents_;
  const Platform& own_;
  std::map<const Manifest*, Candidates> known_;  // of each index that was visited
};

/// Returns the RepoTag for `source`, or nullopt if it has a digest and no tag.
std::optional<std::string> repo_tag(std::string_view source) {
  const std::size_t at = source.find('@');
  const std::string name(source.substr(0, at));
  const bool tagged = name.find(':', name.rfind('/') + 1) != std::string::npos;
  if (tagged) return name;
  return at == std::string_view::npos ? std::optional(name + ":latest") : std::nullopt;
}

/// An entry of manifest.json.
struct Entry {
  std::string config;
  std::vector<std::string> repo_tags = {};
  std::vector<std::string> layers = {};
};

/// Returns the entry for `image`; adds it if it is new.
Entry& entry_for(const Manifest& image, std::vector<Entry>& entries,
                 std::map<std::vector<std::string>, std::size_t>& positions) {
  Entry entry{.config = image.config->digest.blob_path()};
  for (const Descriptor& layer : image.layers) entry.layers.push_back(layer.digest.blob_path());
  std::vector<std::string> identity = entry.layers;
  identity.push_back(entry.config);
  const auto [position, is_new] = positions.try_emplace(std::move(identity), entries.size());
  if (is_new) entries.push_back(std::move(entry));
  return entries[position->second];
}

std::vector<Entry> entries_of(std::span<const NamedManifest> manifests, const Platform& own) {
  Contents contents;
  for (const NamedManifest& manifest : manifests) contents.emplace(manifest.descriptor.digest, manifest.content);
  ImageChoice choice(contents, own);
  std::vector<Entry> entries;
  std::map<std::vector<std::string>, std::size_t> positions;
  std::set<std::string> used_sources;
  std::set<std::string> used_tags;
  const auto is_used = [&](const std::string& source) { return used_sources.contains(source); };
  for (const NamedManifest& manifest : manifests) {
    if (std::ranges::all_of(manifest.sources, is_used)) continue;
    const Manifest* image = choice.of(manifest.descriptor);
    if (image == nullptr) continue;
    Entry& entry = entry_for(*image, entries, positions);
    for (const std::string& source : manifest.sources) {
      if (!used_sources.insert(source).second) continue;
      if (const auto tag = repo_tag(source); tag && used_tags.insert(*tag).second) entry.repo_tags.push_back(*tag);
    }
  }
  return entries;
}

}  // namespace

std::string index_json(std::span<const Descriptor> manifests, const std::map<std::string, std::string>& annotations) {
  IndentedJson json;
  json.open('{');
  json.key("schemaVersion");
  json.number(2);
  json.member("mediaType", media_type::oci_index);
  json.key("manifests");
  json.open('[');
  for (const Descriptor& manifest : manifests) {
    json.item();
    write(json, manifest);
  }
  json.close(']');
  json.member_unless_empty("annotations", annotations);
  json.close('}');
  return json.take();
}

std::string manifest_json(std::span<const NamedManifest> manifests, const Platform& own) {
  IndentedJson json;
  json.open('[');
  for (const Entry& entry : entries_of(manifests, own)) {
    json.item();
    json.open('{');
    json.member("Config", entry.config);
    json.member("RepoTags", entry.repo_tags);
    json.member("Layers", entry.layers);
    json.close('}');
  }
  json.close(']');
  return json.take();
}

}  // namespace acedt::oci
