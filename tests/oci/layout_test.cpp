#include "acedt/oci/layout.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <string>

#include "acedt/base/text.hpp"
#include "support/vectors.hpp"

using namespace acedt;
using namespace acedt::oci;
using namespace std::literals;

namespace {

using Annotations = std::map<std::string, std::string>;

const Platform linux_amd64{.architecture = "amd64", .os = "linux"};
const Platform linux_arm64{.architecture = "arm64", .os = "linux"};

Digest digest_of(char c) {
  return Digest::parse("sha256:" + std::string(64, c));
}

std::string path(char c) {
  return digest_of(c).blob_path();
}

Descriptor root_descriptor(std::string_view media_type, std::string_view digest, std::string_view content,
                           std::string_view reference) {
  return {.media_type = std::string(media_type),
          .digest = Digest::parse(digest),
          .size = {content.size()},
          .annotations = {{std::string(annotation::ref_name), std::string(reference)}}};
}

Annotations index_annotations(const std::string& deduplicated_size) {
  return {{std::string(annotation::deduplicated_size), deduplicated_size},
          {std::string(annotation::serialization_version), "2"},
          {std::string(annotation::tool_version), std::string(testing::tool_version)}};
}

/// The manifests of one artifact, and what they point to.
class Artifact {
 public:
  /// Adds an image called `name`, with config and layer of the digests `config` and `layer`.
  Descriptor image(char name, char config, char layer, std::optional<Platform> platform = std::nullopt,
                   std::string_view config_type = media_type::oci_config) {
    const Descriptor config_descriptor{.media_type = std::string(config_type), .digest = digest_of(config)};
    const Descriptor layer_descriptor{.media_type = "layer", .digest = digest_of(layer)};
    contents_.push_back({.kind = ContentKind::image, .config = config_descriptor, .layers = {layer_descriptor}});
    return add(media_type::oci_manifest, name, std::move(platform));
  }
  Descriptor index(char name, std::vector<Descriptor> children) {
    contents_.push_back({.kind = ContentKind::index, .manifests = std::move(children)});
    return add(media_type::oci_index, name, std::nullopt);
  }
  /// Sets the sources of `descriptor`.
  void source(const Descriptor& descriptor, std::vector<std::string> sources) {
    for (NamedManifest& it : manifests_)
      if (it.descriptor.digest == descriptor.digest) it.sources = sources;
  }
  std::string json(const Platform& own = linux_amd64) const { return manifest_json(manifests_, own); }
  /// Returns the configs of the entries, in order.
  std::vector<std::string> configs(const Platform& own = linux_amd64) const {
    const std::string text = json(own);
    std::vector<std::string> out;
    for (const std::string_view line : split(text, '\n'))
      if (trim(line).starts_with("\"Config\"")) out.emplace_back(trim(line).substr(11, path('0').size()));
    return out;
  }

 private:
  Descriptor add(std::string_view media_type, char name, std::optional<Platform> platform) {
    manifests_.push_back({.descriptor = {.media_type = std::string(media_type), .digest = digest_of(name)},
                          .content = &contents_.back(),
                          .sources = {}});
    Descriptor descriptor = manifests_.back().descriptor;
    descriptor.platform = std::move(platform);
    return descriptor;
  }

  std::deque<Manifest> contents_;
  std::vector<NamedManifest> manifests_;
};

std::string entry(char config, const std::string& repo_tags, char layer) {
  return "  {\n    \"Config\": \"" + path(config) + "\",\n    \"RepoTags\": " + repo_tags +
         ",\n    \"Layers\": [\n      \"" + path(layer) + "\"\n    ]\n  }";
}

std::string tags(std::initializer_list<std::string_view> texts) {
  std::string out = "[";
  for (const std::string_view text : texts)
    out += (out.size() > 1 ? ",\n      \"" : "\n      \"") + std::string(text) + '"';
  return out + "\n    ]";
}

}  // namespace

TEST_CASE("oci-layout has 30 bytes") {
  CHECK(oci_layout.size() == 30);
}

TEST_CASE("the index.json of an image equals the reference's byte for byte") {
  const Descriptor root = root_descriptor(media_type::oci_manifest, testing::v1::manifest_digest, testing::v1::manifest,
                                          testing::v1::reference);
  CHECK(index_json({&root, 1}, index_annotations("0")) == testing::v1::index);
  CHECK(testing::v1::index.size() == 564);
}

TEST_CASE("both index.json of a gather artifact equal the reference's byte for byte") {
  const Descriptor root =
      root_descriptor(media_type::oci_index, testing::g1::root_digest, testing::g1::root, testing::g1::reference);
  CHECK(index_json({&root, 1}, index_annotations("48")) == testing::g1::first_index);
  CHECK(testing::g1::first_index.size() == 562);

  std::vector<Descriptor> all = Manifest::parse(media_type::oci_index, testing::g1::root).manifests;
  all.insert(all.begin(), root);
  CHECK(index_json(all, index_annotations("48")) == testing::g1::index);
  CHECK(testing::g1::index.size() == 1051);
}

TEST_CASE("a descriptor is written with its fields in the reference's order and Go's escapes") {
  const Descriptor full{
      .media_type = "a/b",
      .digest = digest_of('a'),
      .size = {9223372036854775807U},
      .urls = {"https://x/?a=1&b", "y"},
      .annotations = {{"b", "<\xff>"}, {"a\n", ""}},
      .data = "hi",
      .platform =
          Platform{.architecture = "arm", .os = "linux", .os_version = "1", .os_features = {"f", "g"}, .variant = "v7"},
      .artifact_type = "c/d"};
  CHECK(index_json({&full, 1}, {}) == R"({
  "schemaVersion": 2,
  "mediaType": "application/vnd.oci.image.index.v1+json",
  "manifests": [
    {
      "mediaType": "a/b",
      "digest": "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      "size": 9223372036854775807,
      "urls": [
        "https://x/?a=1\u0026b",
        "y"
      ],
      "annotations": {
        "a\n": "",
        "b": "\u003c\ufffd\u003e"
      },
      "data": "aGk=",
      "platform": {
        "architecture": "arm",
        "os": "linux",
        "os.version": "1",
        "os.features": [
          "f",
          "g"
        ],
        "variant": "v7"
      },
      "artifactType": "c/d"
    }
  ]
})");
}

TEST_CASE("empty fields are left out, except architecture and os of a platform") {
  const Descriptor sparse{.media_type = "a/b", .digest = digest_of('a'), .data = "", .platform = Platform{}};
  const std::string json = index_json({&sparse, 1}, {});
  CHECK(
      json.ends_with("\"size\": 0,\n      \"platform\": {\n        \"architecture\": \"\",\n        \"os\": \"\"\n"
                     "      }\n    }\n  ]\n}"));
  CHECK(index_json({}, {}).ends_with("\"manifests\": []\n}"));
}

TEST_CASE("the manifest.json of a gather artifact equals the reference's byte for byte") {
  const Manifest root = Manifest::parse(media_type::oci_index, testing::g1::root);
  const Manifest image = Manifest::parse(media_type::oci_manifest, testing::g1::image);
  const Descriptor root_named =
      root_descriptor(media_type::oci_index, testing::g1::root_digest, testing::g1::root, testing::g1::reference);
  const std::vector<NamedManifest> manifests{
      {.descriptor = root_named, .content = &root, .sources = {}},
      {.descriptor = root.manifests[0], .content = &image, .sources = {"src.example.com/app:1"}}};
  CHECK(manifest_json(manifests, linux_amd64) == testing::g1::manifest_json);
  CHECK(testing::g1::manifest_json.size() == 269);
}

TEST_CASE("manifest.json has no images without sources") {
  Artifact artifact;
  artifact.image('1', 'a', 'b');
  CHECK(artifact.json() == testing::v1::manifest_json);
  CHECK(manifest_json({}, linux_amd64) == "[]");
}

TEST_CASE("a RepoTag has the source's tag, or latest; a source with a digest gives none") {
  const std::string digest = "@sha256:" + std::string(64, 'a');
  const std::pair<std::string, std::string> table[] = {
      {"r.io/x:1", tags({"r.io/x:1"})},
      {"r.io/x", tags({"r.io/x:latest"})},
      {"r.io:5000/x", tags({"r.io:5000/x:latest"})},
      {"alpine", tags({"alpine:latest"})},
      {"r.io/x:1" + digest, tags({"r.io/x:1"})},
      {"r.io/x" + digest, "[]"},
      {"r.io:5000/x" + digest, "[]"},
  };
  for (const auto& [source, repo_tags] : table) {
    Artifact artifact;
    artifact.source(artifact.image('1', 'a', 'b'), {source});
    CHECK(artifact.json() == "[\n" + entry('a', repo_tags, 'b') + "\n]");
  }
}

TEST_CASE("for an index docker gets the own platform, else linux/amd64, else the first image") {
  const Platform arm{.architecture = "arm", .os = "linux", .variant = "v7"};
  const Platform riscv{.architecture = "riscv64", .os = "linux"};
  Artifact artifact;
  const auto children = std::vector{artifact.image('1', 'a', '0', arm), artifact.image('2', 'b', '0', linux_amd64),
                                    artifact.image('3', 'c', '0', linux_arm64),
                                    artifact.image('4', 'd', '0', linux_arm64), artifact.image('5', 'e', '0')};
  artifact.source(artifact.index('f', children), {"x:1"});
  CHECK(artifact.configs(linux_arm64) == std::vector{path('c')});
  CHECK(artifact.configs(linux_amd64) == std::vector{path('b')});
  CHECK(artifact.configs(riscv) == std::vector{path('b')});
  CHECK(artifact.configs({.architecture = "arm", .os = "linux"}) == std::vector{path('a')});
  CHECK(artifact.configs({.architecture = "arm", .os = "linux", .variant = "v6"}) == std::vector{path('b')});

  Artifact without_amd64;
  const auto others = std::vector{without_amd64.image('1', 'a', '0'), without_amd64.image('2', 'b', '0', arm)};
  without_amd64.source(without_amd64.index('f', others), {"x:1"});
  CHECK(without_amd64.configs(linux_arm64) == std::vector{path('a')});
}

TEST_CASE("attestations and manifests that are not images never stand for an index") {
  const Platform unknown{.architecture = "unknown", .os = "unknown"};
  Artifact artifact;
  const auto children =
      std::vector{artifact.image('1', 'a', '0', unknown),
                  artifact.image('2', 'b', '0', linux_amd64, "application/vnd.cncf.helm.config.v1+json"),
                  artifact.image('3', 'c', '0', std::nullopt, media_type::docker_config)};
  artifact.source(artifact.index('f', children), {"x:1"});
  CHECK(artifact.configs() == std::vector{path('c')});

  Artifact chart;
  chart.source(chart.image('1', 'a', '0', std::nullopt, "application/vnd.cncf.helm.config.v1+json"), {"chart:1"});
  chart.source(chart.index('2', {}), {"empty:1"});
  CHECK(chart.json() == "[]");
}

TEST_CASE("an index within an index is evaluated, once") {
  Artifact artifact;
  const Descriptor inner =
      artifact.index('3', {artifact.image('1', 'a', '0', linux_arm64), artifact.image('2', 'b', '0', linux_amd64)});
  Descriptor outer = inner;
  for (const char name : "456789abcde"s) outer = artifact.index(name, std::vector<Descriptor>(50, outer));
  artifact.source(outer, {"x:1"});
  CHECK(artifact.configs(linux_amd64) == std::vector{path('b')});
  CHECK(artifact.configs(linux_arm64) == std::vector{path('a')});
}

TEST_CASE("ten thousand indexes may share an index of ten thousand images") {
  constexpr std::uint64_t count = 10'000;  // takes minutes if each is evaluated anew
  const auto numbered = [](std::uint64_t number) {
    const std::string digits = std::to_string(number);
    return Descriptor{.media_type = std::string(media_type::oci_index),
                      .digest = Digest::parse("sha256:" + std::string(64 - digits.size(), '0') + digits)};
  };
  const Descriptor config{.media_type = std::string(media_type::oci_config), .digest = digest_of('c')};
  const Manifest image{.kind = ContentKind::image, .config = config};
  Manifest shared{.kind = ContentKind::index};
  std::vector<NamedManifest> manifests;
  for (std::uint64_t i = 0; i < count; ++i) {
    shared.manifests.push_back(numbered(i));
    manifests.push_back({numbered(i), &image, {}});
  }
  manifests.push_back({numbered(count), &shared, {}});
  const Manifest outer{.kind = ContentKind::index, .manifests = {numbered(count)}};
  for (std::uint64_t i = 1; i <= count; ++i)
    manifests.push_back({numbered(count + i), &outer, {"x:" + std::to_string(i)}});
  const std::string text = manifest_json(manifests, linux_amd64);
  CHECK(text.find("x:" + std::to_string(count)) != std::string::npos);
}

TEST_CASE("a child that was not stored does not stand for an index") {
  Artifact artifact;
  const Descriptor absent{
      .media_type = std::string(media_type::oci_manifest), .digest = digest_of('9'), .platform = linux_amd64};
  artifact.source(artifact.index('f', {absent, artifact.image('1', 'a', '0')}), {"x:1"});
  CHECK(artifact.configs() == std::vector{path('a')});
}

TEST_CASE("a source is used for the first image with it") {
  Artifact artifact;
  artifact.source(artifact.index('e', {}), {"x:1"});  // no image: the source is still free
  artifact.source(artifact.image('1', 'a', '0'), {"x:1", "x:1"});
  artifact.source(artifact.image('2', 'b', '0'), {"x:1"});
  artifact.source(artifact.image('3', 'c', '0'), {"x:1", "y:1"});
  CHECK(artifact.json() == "[\n" + entry('a', tags({"x:1"}), '0') + ",\n" + entry('c', tags({"y:1"}), '0') + "\n]");
}

TEST_CASE("a RepoTag occurs once, however its sources are spelt") {
  Artifact artifact;
  artifact.source(artifact.image('1', 'a', '0'), {"x", "x:latest"});
  artifact.source(artifact.image('2', 'b', '0'), {"x:latest@sha256:" + std::string(64, '2')});
  CHECK(artifact.json() == "[\n" + entry('a', tags({"x:latest"}), '0') + ",\n" + entry('b', "[]", '0') + "\n]");
}

TEST_CASE("two sources of one image give one entry") {
  Artifact artifact;
  const Descriptor shared = artifact.image('1', 'a', 'b', linux_amd64);
  artifact.source(shared, {"x:1", "x:2"});
  artifact.source(artifact.index('2', {shared}), {"y:1"});
  artifact.source(artifact.image('3', 'a', 'b'), {"z:1"});  // another manifest of the same config and layers
  artifact.source(artifact.image('4', 'a', 'c'), {"w:1"});  // the same config, other layers
  CHECK(artifact.json() ==
        "[\n" + entry('a', tags({"x:1", "x:2", "y:1", "z:1"}), 'b') + ",\n" + entry('a', tags({"w:1"}), 'c') + "\n]");
}
