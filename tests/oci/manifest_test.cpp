#include "acedt/oci/manifest.hpp"

#include <doctest/doctest.h>

#include <string>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "support/failure.hpp"
#include "support/vectors.hpp"

using namespace acedt;
using namespace acedt::oci;
using namespace std::literals;
using testing::failure;

namespace {

const std::string digest_a = "sha256:" + std::string(64, 'a');
const std::string digest_b = "sha256:" + std::string(64, 'b');

/// A descriptor as JSON, `more` after its three required members.
std::string descriptor(const std::string& digest, const std::string& more = "") {
  return R"({"mediaType":"a/b","digest":")" + digest + R"(","size":1)" + more + "}";
}

std::string image(const std::string& layers) {
  return R"({"config":)" + descriptor(digest_a) + R"(,"layers":[)" + layers + "]}";
}

/// The first layer of an image, with `more` in its descriptor.
Descriptor layer_with(const std::string& more) {
  return Manifest::parse(media_type::oci_manifest, image(descriptor(digest_b, "," + more))).layers.at(0);
}

Descriptor layer_of_size(const std::string& size) {
  const std::string layer = R"({"mediaType":"a/b","digest":")" + digest_b + R"(","size":)" + size + "}";
  return Manifest::parse(media_type::oci_manifest, image(layer)).layers.at(0);
}

std::string error_of(std::string_view media_type, std::string_view json) {
  return failure(ErrorKind::bad_input, [&] { Manifest::parse(media_type, json); });
}

std::string error_of_image(const std::string& json) {
  return error_of(media_type::oci_manifest, json);
}

std::vector<std::string> digests(const std::vector<const Descriptor*>& descriptors) {
  std::vector<std::string> out;
  for (const Descriptor* it : descriptors) out.push_back(it->digest.text());
  return out;
}

std::string nested(const std::string& open, std::size_t depth) {
  std::string out;
  for (std::size_t i = 0; i < depth; ++i) out += open;
  return out;
}

}  // namespace

TEST_CASE("an image manifest refers to its config and its layers") {
  const Manifest manifest = Manifest::parse(media_type::oci_manifest, testing::g1::image);
  CHECK(manifest.kind == ContentKind::image);
  REQUIRE(manifest.config);
  CHECK(manifest.config->media_type == media_type::oci_config);
  CHECK(manifest.config->digest.text() == testing::g1::config_digest);
  CHECK(manifest.config->size.count == testing::g1::config.size());
  REQUIRE(manifest.layers.size() == 1);
  CHECK(manifest.layers[0].digest.text() == testing::g1::layer_digest);
  CHECK(!manifest.subject);
  CHECK(manifest.manifests.empty());
}

TEST_CASE("an index refers to manifests, with annotations and platforms") {
  const Manifest manifest = Manifest::parse(media_type::oci_index, testing::g1::root);
  CHECK(manifest.kind == ContentKind::index);
  REQUIRE(manifest.manifests.size() == 1);
  const Descriptor& child = manifest.manifests[0];
  CHECK(child.digest.text() == testing::g1::image_digest);
  CHECK(child.platform == Platform{.architecture = "amd64", .os = "linux"});
  CHECK(annotation_of(child.annotations, annotation::source) == "src.example.com/app:1");
  CHECK(annotation_of(child.annotations, "data.act3-ace.io/labels") == R"({"k":"v"})");
  CHECK(annotation_of(child.annotations, "none").empty());
  CHECK(annotation_of(manifest.annotations, annotation::deduplicated_size) == "48");
}

TEST_CASE("successors are in the order subject, config, layers or subject, manifests, extra manifests") {
  const std::string subject = "sha256:" + std::string(64, '0');
  const std::string subject_member = R"(,"subject":)" + descriptor(subject) + "}";
  std::string json = image(descriptor(digest_b) + "," + descriptor(digest_a));
  json.back() = ' ';
  CHECK(digests(Manifest::parse(media_type::oci_manifest, json + subject_member).successors()) ==
        std::vector{subject, digest_a, digest_b, digest_a});

  const std::string extra = json_escaped("[" + descriptor(digest_b) + "]");
  json = R"({"annotations":{"vnd.act3-ace.data.extra-manifests":")" + extra + R"("},"manifests":[)" +
         descriptor(digest_a) + "]" + subject_member;
  CHECK(digests(Manifest::parse(media_type::oci_index, json).successors()) == std::vector{subject, digest_a, digest_b});
  CHECK(digests(Manifest::parse(media_type::docker_list, json).successors()) == std::vector{digest_a, digest_b});
}

TEST_CASE("docker's formats have no subject") {
  std::string json = image("");
  json.back() = ',';
  json += R"("subject":)" + descriptor(digest_b) + "}";
  CHECK(!Manifest::parse(media_type::docker_manifest, json).subject);
  CHECK(Manifest::parse(media_type::oci_manifest, json).subject);
}

TEST_CASE("an artifact manifest refers to its blobs and its subject") {
  const Manifest manifest = Manifest::parse(
      media_type::oci_artifact, R"({"mediaType":"application/vnd.oci.artifact.manifest.v1+json","blobs":[)" +
                                    descriptor(digest_a) + R"(],"subject":)" + descriptor(digest_b) + "}");
  CHECK(manifest.kind == ContentKind::artifact);
  CHECK(digests(manifest.successors()) == std::vector{digest_b, digest_a});
}

TEST_CASE("every field of a descriptor is read, and unknown ones are dropped") {
  const Descriptor it = layer_with(
      R"("urls":["https://a","b"],"annotations":{"k":"v","é\n":""},"data":"aGk=","artifactType":"x/y","unknown":[{}],
      "platform":{"architecture":"arm","os":"linux","os.version":"1","os.features":["f","g"],"variant":"v7",
                  "features":["sse4"],"x":{}})");
  CHECK(it.media_type == "a/b");
  CHECK(it.size.count == 1);
  CHECK(it.urls == std::vector{"https://a"s, "b"s});
  CHECK(it.annotations == std::map<std::string, std::string>{{"k", "v"}, {"é\n", ""}});
  CHECK(it.data == "hi");
  CHECK(it.artifact_type == "x/y");
  CHECK(it.platform ==
        Platform{.architecture = "arm", .os = "linux", .os_version = "1", .os_features = {"f", "g"}, .variant = "v7"});
}

TEST_CASE("embedded data may be empty or any bytes") {
  CHECK(layer_with(R"("data":"")").data == "");
  CHECK(layer_with(R"("data":"AP8=")").data == "\x00\xff"s);
  CHECK(layer_of_size("1").data == std::nullopt);
}

TEST_CASE("unpaired surrogates and bytes that are not UTF-8 are U+FFFD, as in Go") {
  for (const char* text : {R"(\ud83d)", R"(\uDE00)", "\xff"}) {
    CAPTURE(text);
    const std::string annotations = R"("annotations":{"a)" + std::string(text) + R"(":"b)" + text + "\"}";
    CHECK(layer_with(annotations).annotations == std::map<std::string, std::string>{{"a\ufffd", "b\ufffd"}});
  }
  CHECK(layer_with(R"("annotations":{"a":"\ud83d\ude00"})").annotations.at("a") == "\U0001f600");
  CHECK(sniff_media_type(R"({"mediaType":"x","annotations":{"a":"\ud83d"}})") == "x");
}

TEST_CASE("null counts as absent") {
  const Descriptor it = layer_with(R"("urls":null,"annotations":null,"data":null,"platform":null,"artifactType":null)");
  CHECK(it == layer_of_size("1"));
  CHECK(layer_with(R"("annotations":{"k":null})").annotations == std::map<std::string, std::string>{{"k", ""}});
  CHECK(layer_with(R"("platform":{"os":null})").platform == Platform{});
  const Manifest index =
      Manifest::parse(media_type::oci_index, R"({"mediaType":null,"manifests":null,"subject":null})");
  CHECK(index.successors().empty());
  CHECK(error_of_image(R"({"config":null})") == "config: missing");
}

TEST_CASE("a duplicate key is refused, except among annotations, and keys are case-sensitive") {
  const auto refusal = [](const std::string& more) { return failure(ErrorKind::bad_input, [&] { layer_with(more); }); };
  CHECK(refusal(R"("size":1)") == "layers[0].size: duplicate key");
  CHECK(refusal(R"("artifactType":"x","artifactType":null)") == "layers[0].artifactType: duplicate key");
  CHECK(error_of_image(R"({"layers":[],"layers":null,"config":)" + descriptor(digest_a) + "}") ==
        "layers: duplicate key");
  CHECK(layer_with(R"("annotations":{"k":"1","k":"2"})").annotations == std::map<std::string, std::string>{{"k", "2"}});
  CHECK(layer_with(R"("Size":2,"DATA":"*")").size.count == 1);
}

TEST_CASE("sizes are integers from 0 to 2^63-1") {
  CHECK(layer_of_size("0").size.count == 0);
  CHECK(layer_of_size("9223372036854775807").size.count == 9223372036854775807U);
  for (const auto bad : {"9223372036854775808", "18446744073709551615", "1.0", "1e3", "\"1\"", "true", "{}", "[1]"})
    CHECK(failure(ErrorKind::bad_input, [&] { layer_of_size(bad); }) ==
          "layers[0].size: not a whole number of bytes below 2^63");
  CHECK(failure(ErrorKind::bad_input, [&] { layer_of_size("-1"); }) == "layers[0].size: -1 is negative");
}

TEST_CASE("a manifest with keys of another kind is refused") {
  const auto refused = [](std::string_view media_type, const std::string& members) {
    const std::string error = error_of(media_type, R"({"config":)" + descriptor(digest_a) + members + "}");
    return error.substr(0, error.find(':'));
  };
  CHECK(refused(media_type::oci_manifest, R"(,"manifests":[])") == "manifests");
  CHECK(refused(media_type::docker_manifest, R"(,"blobs":[])") == "blobs");
  CHECK(refused(media_type::oci_index, R"(,"manifests":[])") == "config");
  CHECK(refused(media_type::oci_artifact, R"(,"blobs":[])") == "config");
  CHECK(refused(media_type::oci_manifest, R"(,"mediaType":"application/vnd.oci.image.config.v1+json")") == "mediaType");
  CHECK(error_of(media_type::docker_list, R"({"manifests":[],"layers":[]})") ==
        "layers: not allowed in \"application/vnd.docker.distribution.manifest.list.v2+json\"");
  Manifest::parse(media_type::oci_manifest, R"({"manifests":null,"config":)" + descriptor(digest_a) + "}");
}

TEST_CASE("an error names its position in the document") {
  const std::string good = descriptor(digest_b);
  CHECK(error_of_image(image(good + "," + good + "," + good + "," + descriptor("sha256:zz")))
            .starts_with("layers[3].digest: digest \"sha256:zz\": "));
  const std::pair<std::string, std::string> table[] = {
      {R"([])", "document: not an object"},
      {R"(null)", "document: not an object"},
      {R"("x")", "document: not an object"},
      {R"(1)", "document: not an object"},
      {R"({})", "config: missing"},
      {R"({"config":[]})", "config: not an object"},
      {R"({"config":{}})", "config.mediaType: missing"},
      {R"({"config":{"mediaType":""}})", "config.mediaType: empty"},
      {R"({"config":{"mediaType":1}})", "config.mediaType: not a string"},
      {R"({"config":{"mediaType":"a"}})", "config.digest: missing"},
      {R"({"config":{"mediaType":"a","digest":7}})", "config.digest: not a string"},
      {R"({"config":{"mediaType":"a","digest":")" + digest_a + "\"}}", "config.size: missing"},
      {image("[]"), "layers[0]: not an object"},
      {image("null"), "layers[0]: not an object"},
      {image(good + ",7"), "layers[1]: not an object"},
      {image(descriptor(digest_a, R"(,"urls":"x")")), "layers[0].urls: not an array"},
      {image(descriptor(digest_a, R"(,"urls":["x",1])")), "layers[0].urls[1]: not a string"},
      {image(descriptor(digest_a, R"(,"annotations":[])")), "layers[0].annotations: not an object"},
      {image(descriptor(digest_a, R"(,"annotations":{"a":"","k":1})")), R"(layers[0].annotations["k"]: not a string)"},
      {image(descriptor(digest_a, R"(,"data":"a*")")), "layers[0].data: not base64"},
      {image(descriptor(digest_a, R"(,"data":{})")), "layers[0].data: not a string"},
      {image(descriptor(digest_a, R"(,"platform":"linux")")), "layers[0].platform: not an object"},
      {image(descriptor(digest_a, R"(,"platform":{"os":1})")), "layers[0].platform.os: not a string"},
      {image(descriptor(digest_a, R"(,"platform":{"os.features":[[]]})")),
       "layers[0].platform.os.features[0]: not a string"},
      {image(descriptor(digest_a, R"(,"artifactType":[])")), "layers[0].artifactType: not a string"},
      {R"({"mediaType":{}})", "mediaType: not a string"},
      {R"({"annotations":{"\u001b[2J":{}}})", R"(annotations["\u001b[2J"]: not a string)"},
  };
  for (const auto& [json, message] : table) {
    CAPTURE(json);
    CHECK(error_of_image(json) == message);
  }
}

TEST_CASE("an extra-manifests annotation must be an array of descriptors") {
  const auto index = [](const std::string& extra) {
    return R"({"annotations":{"vnd.act3-ace.data.extra-manifests":")" + json_escaped(extra) + "\"}}";
  };
  const std::string key = "vnd.act3-ace.data.extra-manifests";
  for (const auto bad : {"", "[", "x", "[]]"})
    CHECK(error_of(media_type::oci_index, index(bad)).starts_with(key + ": invalid JSON: "));
  CHECK(error_of(media_type::oci_index, index("{}")) == key + ": not an array");
  CHECK(error_of(media_type::oci_index, index("[{}]")) == key + "[0].mediaType: missing");
  for (const auto none : {"[]", "null"}) CHECK(Manifest::parse(media_type::oci_index, index(none)).manifests.empty());
  CHECK(
      Manifest::parse(media_type::oci_manifest, image("").substr(0, image("").size() - 1) + "," + index("x").substr(1))
          .manifests.empty());
}

TEST_CASE("a manifest whose mediaType is of another kind is refused") {
  CHECK(error_of(media_type::oci_index, testing::g1::image) ==
        "mediaType: got \"application/vnd.oci.image.manifest.v1+json\", want "
        "\"application/vnd.oci.image.index.v1+json\"");
  CHECK(error_of(media_type::docker_manifest, testing::g1::root).starts_with("mediaType: got "));
  CHECK(Manifest::parse(media_type::docker_manifest, testing::g1::image).layers.size() == 1);
  CHECK(error_of("application/json", testing::g1::image) == "media type \"application/json\": not a manifest type");
}

TEST_CASE("every prefix of a manifest is refused, and so is text after it") {
  for (const auto whole : {testing::g1::root, testing::g1::image}) {
    const auto type = whole == testing::g1::root ? media_type::oci_index : media_type::oci_manifest;
    for (std::size_t n = 0; n < whole.size(); ++n) {
      const std::vector<char> exact(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n));  // for ASan
      CHECK_THROWS_AS(Manifest::parse(type, {exact.data(), exact.size()}), Error);
    }
    CHECK_THROWS_AS(Manifest::parse(type, std::string(whole) + "{}"), Error);
    CHECK_THROWS_AS(Manifest::parse(type, std::string(whole) + "x"), Error);
    CHECK_NOTHROW(Manifest::parse(type, " \n" + std::string(whole) + "\n"));
  }
}

TEST_CASE("a manifest with any byte changed is parsed or refused with an Error") {
  std::string json(testing::g1::root);
  for (char& c : json) {
    const char before = c;
    for (const char other : {'\0', '"', '{', '}', '[', ']', ',', '9', '-', '\\', '\xff'}) {
      c = other;
      try {
        const Manifest manifest = Manifest::parse(media_type::oci_index, json);
        CHECK(manifest.manifests.size() <= 1);
      } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::bad_input);
      }
    }
    c = before;
  }
}

TEST_CASE("deeply nested JSON is refused") {
  for (const auto open : {"[", "{\"a\":"}) {
    CHECK(error_of(media_type::oci_index, nested(open, 1'000'000)).starts_with("document: invalid JSON: "));
    CHECK_THROWS_AS(parse_referrers(nested(open, 1'000'000)), Error);
    CHECK(sniff_media_type(nested(open, 1'000'000)).empty());
  }
  CHECK(error_of(media_type::oci_index, R"({"manifests":)" + nested("[", 100'000) + nested("]", 100'000) + "}")
            .starts_with("document: invalid JSON: "));
}

TEST_CASE("referrers are the manifests of an index") {
  const auto found =
      parse_referrers(R"({"schemaVersion":2,"manifests":[)" + descriptor(digest_b, R"(,"artifactType":"s/b")") + "," +
                      descriptor(digest_a) + "]}");
  REQUIRE(found.size() == 2);
  CHECK(found[0].digest.text() == digest_b);
  CHECK(found[1].digest.text() == digest_a);
  CHECK(parse_referrers("{}").empty());
  CHECK(parse_referrers(R"({"manifests":null})").empty());
  for (const auto bad : {"", "[]", "null", "x", R"({"manifests":{}})", R"({"manifests":[{}]})"})
    CHECK_THROWS_AS(parse_referrers(bad), Error);
}

TEST_CASE("sniff_media_type() finds the media type of a manifest") {
  CHECK(sniff_media_type(testing::g1::root) == media_type::oci_index);
  CHECK(sniff_media_type(testing::v1::manifest) == media_type::oci_manifest);
  CHECK(sniff_media_type(R"({"mediaType":"x","manifests":[]})") == "x");
  CHECK(sniff_media_type(R"({"manifests":[]})") == media_type::oci_index);
  CHECK(sniff_media_type(R"({"mediaType":"","config":{}})") == media_type::oci_manifest);
  CHECK(sniff_media_type(R"({"mediaType":null,"manifests":[],"config":null})") == media_type::oci_index);
  for (const auto other : {"", "x", "[]", "\"a\"", "{}", R"({"mediaType":1})", R"({"manifests":[],"config":{}})",
                           R"({"schemaVersion":1,"fsLayers":[]})", R"({"manifests":[])"})
    CHECK(sniff_media_type(other).empty());
}

TEST_CASE("the version of a layout is read") {
  CHECK(oci::layout_version(R"({"imageLayoutVersion":"1.0.0"})") == "1.0.0");
  CHECK(oci::layout_version("{}").empty());
  for (const auto* text : {"", "[]", "{", R"({"imageLayoutVersion":1})"})
    CHECK_THROWS_AS(oci::layout_version(text), Error);
}
