#include "acedt/plan/layout.hpp"

#include "acedt/base/error.hpp"
#include "acedt/tar/header.hpp"
#include "acedt/tar/reader.hpp"
#include "plan/content.hpp"
#include "support/failure.hpp"
#include "support/sha256.hpp"
#include "support/vectors.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

using namespace acedt;
using namespace acedt::plan;
using testing::failure;
using testing::sha256;
using testing::sha512;

namespace {

using Blobs = std::map<oci::Digest, std::string>;
using File = std::pair<std::string, std::string>;  // name and content

/// Returns the tar stream with the contents of the blobs.
std::string rendered(const Layout& layout, const Blobs& blobs) {
  std::string tar;
  for (const Segment& segment : layout.segments) {
    CHECK(segment.offset == Bytes{tar.size()});
    tar += segment.bytes();
    CHECK(segment.blob_offset() == Bytes{tar.size()});
    if (segment.blob != nullptr) tar += blobs.at(segment.blob->digest);
  }
  CHECK(layout.size == Bytes{tar.size()});
  return tar;
}

/// Returns the files of a tar, in order; the name of a directory ends with a slash.
std::vector<File> files_in(std::string_view tar) {
  std::vector<File> files;
  tar::Reader reader;
  for (bool more = true; more;) {
    std::size_t used = 0;
    const auto step = reader.feed(as_bytes(tar), used);
    tar.remove_prefix(used);
    if (const auto* entry = std::get_if<tar::Reader::Entry>(&step)) {
      files.emplace_back(entry->name + (entry->type == tar::Reader::Type::directory ? "/" : ""), "");
    }
    if (const auto* data = std::get_if<tar::Reader::Data>(&step)) files.back().second += as_text(data->bytes);
    REQUIRE_FALSE(std::holds_alternative<tar::Reader::Malformed>(step));
    REQUIRE_FALSE(std::holds_alternative<tar::Reader::NeedMore>(step));
    more = !std::holds_alternative<tar::Reader::End>(step);
  }
  CHECK(tar.empty());
  return files;
}

std::shared_ptr<const Document> document(std::string_view media_type, std::string_view text) {
  return std::make_shared<const Document>(Document{std::string(text), oci::Manifest::parse(media_type, text)});
}

oci::Descriptor descriptor(std::string_view media_type, std::string_view content) {
  return {.media_type = std::string(media_type), .digest = sha256(content), .size = {content.size()}};
}

/// An artifact under test: its root and content. Do not change it after graph() was called.
struct Artifact {
  oci::Descriptor root;
  Nodes nodes = {};
  Blobs blobs = {};
  mutable std::optional<Graph> walked = {};

  const Graph& graph() const {
    if (!walked) walked = walk(root, nodes);
    return *walked;
  }
  Layout layout(const LayoutOptions& options) const {
    return lay_out(graph(), std::vector<bool>(graph().entries.size(), true), options);
  }
  std::string tar(const LayoutOptions& options) const { return rendered(layout(options), blobs); }
};

Artifact image() {
  namespace v1 = testing::v1;
  Artifact artifact{descriptor(oci::media_type::oci_manifest, v1::manifest)};
  artifact.root.annotations[std::string(oci::annotation::ref_name)] = v1::reference;
  artifact.nodes[artifact.root.digest].document = document(artifact.root.media_type, v1::manifest);
  artifact.blobs = {{sha256(v1::config), std::string(v1::config)}};
  return artifact;
}

Artifact gathered() {
  namespace g1 = testing::g1;
  Artifact artifact{descriptor(oci::media_type::oci_index, g1::root)};
  artifact.root.annotations[std::string(oci::annotation::ref_name)] = g1::reference;
  artifact.nodes[artifact.root.digest].document = document(artifact.root.media_type, g1::root);
  artifact.nodes[sha256(g1::image)].document = document(oci::media_type::oci_manifest, g1::image);
  artifact.blobs = {{sha256(g1::config), std::string(g1::config)}, {sha256(g1::layer), std::string(g1::layer)}};
  return artifact;
}

/// Adds an image with these blobs, the first of them the config.
Artifact image_of(const std::vector<oci::Descriptor>& blobs) {
  oci::Manifest manifest{.kind = oci::ContentKind::image};
  manifest.config = blobs.front();
  manifest.layers.assign(blobs.begin() + 1, blobs.end());
  Artifact artifact{descriptor(oci::media_type::oci_manifest, "{}")};
  artifact.nodes[artifact.root.digest].document = std::make_shared<const Document>(Document{"{}", std::move(manifest)});
  return artifact;
}

LayoutOptions default_options() {
  return {.version = std::string(testing::tool_version)};
}

LayoutOptions with_manifest_json(const Graph& graph) {
  LayoutOptions options = default_options();
  options.manifest_json = oci::manifest_json(graph.manifests, {.architecture = "amd64", .os = "linux"});
  return options;
}

/// Returns the offset of a digest's content according to the layout.
const PlacedContent& placed(const Layout& layout, const oci::Digest& digest) {
  const auto found = std::find_if(layout.contents.begin(), layout.contents.end(),
                                  [&](const PlacedContent& at) { return at.digest == digest; });
  REQUIRE(found != layout.contents.end());
  return *found;
}

}  // namespace

TEST_CASE("an image without layers gives the reference's archive byte for byte") {
  const Artifact artifact = image();
  const std::string tar = artifact.tar(default_options());
  CHECK(tar.size() == testing::v1::tar_size);
  CHECK(sha256(tar).hex() == testing::v1::tar_sha256);
  const std::string with = artifact.tar(with_manifest_json(artifact.graph()));
  CHECK(with.size() == testing::v1::tar_size_with_manifest_json);
  CHECK(sha256(with).hex() == testing::v1::tar_sha256_with_manifest_json);
}

TEST_CASE("a gather artifact gives the reference's archive byte for byte") {
  const Artifact artifact = gathered();
  const std::string tar = artifact.tar(default_options());
  CHECK(tar.size() == testing::g1::tar_size);
  CHECK(sha256(tar).hex() == testing::g1::tar_sha256);
  const std::string with = artifact.tar(with_manifest_json(artifact.graph()));
  CHECK(with.size() == testing::g1::tar_size_with_manifest_json);
  CHECK(sha256(with).hex() == testing::g1::tar_sha256_with_manifest_json);
}

TEST_CASE("an archive has oci-layout, index.json of the root, contents, index.json of all, manifest.json") {
  namespace g1 = testing::g1;
  const Artifact artifact = gathered();
  const auto path = [](std::string_view content) { return sha256(content).blob_path(); };
  const std::vector<File> want = {
      {"oci-layout", R"({"imageLayoutVersion":"1.0.0"})"},
      {"index.json", std::string(g1::first_index)},
      {"blobs/", ""},
      {"blobs/sha256/", ""},
      {path(g1::root), std::string(g1::root)},
      {path(g1::image), std::string(g1::image)},
      {path(g1::config), std::string(g1::config)},
      {path(g1::layer), std::string(g1::layer)},
      {"index.json", std::string(g1::index)},
      {"manifest.json", std::string(g1::manifest_json)},
  };
  CHECK(files_in(artifact.tar(with_manifest_json(artifact.graph()))) == want);
}

TEST_CASE("the layout has the offset of every manifest and blob") {
  const Artifact artifact = gathered();
  const Layout layout = artifact.layout(default_options());
  const std::string tar = rendered(layout, artifact.blobs);
  std::vector<std::string> got;
  for (const PlacedContent& at : layout.contents) {
    got.push_back(tar.substr(at.offset.count, at.size.count));
    CHECK(sha256(got.back()) == at.digest);
  }
  namespace g1 = testing::g1;
  CHECK(got == std::vector<std::string>{std::string(g1::root), std::string(g1::image), std::string(g1::config),
                                        std::string(g1::layer)});
}

TEST_CASE("each segment but the last ends with one blob") {
  const Artifact artifact = gathered();
  const Layout layout = artifact.layout(default_options());
  REQUIRE(layout.segments.size() == 3);
  CHECK(layout.segments[0].blob->digest == sha256(testing::g1::config));
  CHECK(layout.segments[1].blob->digest == sha256(testing::g1::layer));
  CHECK(layout.segments[2].blob == nullptr);
}

TEST_CASE("content that is not stored is missing in the tar, but listed") {
  const Artifact artifact = gathered();
  const Layout layout = lay_out(artifact.graph(), {true, true, false, true}, default_options());
  CHECK(layout.contents.size() == 3);
  const auto files = files_in(rendered(layout, artifact.blobs));
  REQUIRE(files.size() == 8);
  CHECK(files[6].second == testing::g1::layer);
  CHECK(files[7].second == testing::g1::index);
}

TEST_CASE("both index.json list the archives that this one needs, as a JSON array") {
  const Artifact artifact = image();
  LayoutOptions options = default_options();
  options.needs = {"000001-a.tar", "000002-\"b\\.tar.zst"};
  const auto files = files_in(artifact.tar(options));
  const std::string want = R"("vnd.ace-dt.data.needs": "[\"000001-a.tar\",\"000002-\\\"b\\\\.tar.zst\"]")";
  CHECK(files[1].second.find(want) != std::string::npos);
  CHECK(files.back().second == files[1].second);
  CHECK(artifact.tar(default_options()).find(needs_annotation) == std::string::npos);
}

TEST_CASE("both index.json list the platforms, and the manifests that are left out") {
  Artifact artifact = gathered();
  artifact.nodes.at(artifact.root.digest).left_out = {sha256(testing::g1::image)};
  LayoutOptions options = default_options();
  options.platforms = "linux/amd64,linux/arm64";
  const auto files = files_in(artifact.tar(options));
  const std::string left_out = "\"vnd.ace-dt.data.left-out\": \"" + sha256(testing::g1::image).text() + "\"";
  for (const std::string& index : {files[1].second, files.back().second}) {
    CHECK(index.find(left_out) != std::string::npos);
    CHECK(index.find(R"("vnd.ace-dt.data.platforms": "linux/amd64,linux/arm64")") != std::string::npos);
  }
  CHECK(artifact.tar(options).find(testing::g1::root) != std::string::npos);  // the index is whole
  CHECK(artifact.tar(options).find(testing::g1::image) == std::string::npos);
}

TEST_CASE("after a blob of any size the next header starts on a block") {
  std::vector<oci::Descriptor> blobs;
  Blobs contents;
  for (const std::size_t size : {1UL, 2UL, 511UL, 512UL, 513UL, 1024UL, 70'001UL}) {
    const std::string content(size, 'x');
    blobs.push_back(descriptor(testing::layer_type, content));
    contents.emplace(sha256(content), content);
  }
  const Artifact artifact = image_of(blobs);
  const Layout layout = artifact.layout(default_options());
  const std::string tar = rendered(layout, contents);
  CHECK(tar.size() % tar::block.count == 0);
  for (const auto& [digest, content] : contents) {
    const PlacedContent& at = placed(layout, digest);
    CHECK(at.offset.count % tar::block.count == 0);
    CHECK(tar.substr(at.offset.count, at.size.count) == content);
  }
  CHECK(files_in(tar).size() == 3 + 2 + contents.size() + 1);
}

TEST_CASE("offsets after a blob of 8 GiB or more are right") {
  const auto config = testing::blob('1', 2_B);
  for (const Bytes size : {8_GiB - 1_B, 8_GiB, 8_GiB + 1_B, 5000_GiB}) {
    const auto large = testing::blob('2', size);
    const auto behind = testing::blob('3', 7_B);
    const Artifact artifact = image_of({config, large, behind});
    const Layout layout = artifact.layout(default_options());
    CAPTURE(size.count);
    REQUIRE(layout.segments.size() == 4);
    const Segment& before = layout.segments[1];
    const Segment& after = layout.segments[2];
    CHECK(before.bytes().ends_with(tar::file_header(large.digest.blob_path(), size)));
    CHECK((before.bytes().find(" size=" + std::to_string(size.count) + "\n") != std::string::npos) == (size >= 8_GiB));
    CHECK(placed(layout, large.digest).offset == before.blob_offset());
    CHECK(after.offset == before.blob_offset() + size);
    CHECK((after.offset + tar::padding(size)).count % tar::block.count == 0);
    CHECK(after.bytes() ==
          std::string(tar::padding(size).count, '\0') + tar::file_header(behind.digest.blob_path(), behind.size));
    CHECK(placed(layout, behind.digest).offset == after.blob_offset());
    CHECK(layout.segments[3].offset == after.blob_offset() + behind.size);
  }
}

TEST_CASE("sha512 content comes after its directory, and offsets after it are right") {
  const std::string content = "hello";
  auto layer = descriptor(testing::layer_type, content);
  auto other = descriptor(testing::layer_type, "other");
  auto first = layer, second = other;
  first.digest = sha512(content);
  second.digest = sha512("other");
  const Artifact artifact = image_of({layer, first, other, second});
  const Layout layout = artifact.layout(default_options());
  const Blobs blobs = {
      {layer.digest, content}, {first.digest, content}, {other.digest, "other"}, {second.digest, "other"}};
  const std::string tar = rendered(layout, blobs);
  std::string names;
  for (const File& file : files_in(tar)) names += file.first + "\n";
  CHECK(names == "oci-layout\nindex.json\nblobs/\nblobs/sha256/\n" + sha256("{}").blob_path() + "\n" +
                     layer.digest.blob_path() + "\nblobs/sha512/\n" + first.digest.blob_path() + "\n" +
                     other.digest.blob_path() + "\n" + second.digest.blob_path() + "\nindex.json\n");
  for (const auto& [digest, bytes] : blobs) CHECK(tar.substr(placed(layout, digest).offset.count, 5) == bytes);
}

TEST_CASE("embedded content and empty blobs are known bytes") {
  auto embedded = descriptor(testing::layer_type, "hello");
  embedded.data = "hello";
  auto empty_data = descriptor(testing::layer_type, "");
  empty_data.digest = sha512("");
  empty_data.data = "";
  const auto empty = descriptor(testing::layer_type, "");
  const Artifact artifact = image_of({embedded, empty, empty_data});
  const Layout layout = artifact.layout(default_options());
  CHECK(layout.segments.size() == 1);
  CHECK(layout.contents.size() == 4);
  const std::string tar = rendered(layout, {});
  CHECK(tar.substr(placed(layout, embedded.digest).offset.count, 5) == "hello");
  const auto files = files_in(tar);
  REQUIRE(files.size() == 10);
  CHECK(files[5] == File{embedded.digest.blob_path(), "hello"});
  CHECK(files[6] == File{empty.digest.blob_path(), ""});
  CHECK(files[8] == File{empty_data.digest.blob_path(), ""});
}

TEST_CASE("the deduplicated size of the root is copied, and must be a number") {
  const std::string key(oci::annotation::deduplicated_size);
  const auto artifact_with = [&](const std::string& value) {
    Artifact artifact = image();
    Document root = *artifact.nodes.at(artifact.root.digest).document;
    root.manifest.annotations[key] = value;
    artifact.nodes.at(artifact.root.digest).document = std::make_shared<const Document>(std::move(root));
    return artifact;
  };
  CHECK(artifact_with("12345").tar(default_options()).find('"' + key + R"(": "12345")") != std::string::npos);
  for (const char* bad : {"", "x", "1x", " 1", "1 ", "-1", "1.5", "0x1", "99999999999999999999"}) {
    CAPTURE(bad);
    CHECK(failure(ErrorKind::bad_input, [&] { artifact_with(bad).layout(default_options()); }) ==
          "annotation " + key + " of the root manifest is not a number: \"" + bad + '"');
  }
}
