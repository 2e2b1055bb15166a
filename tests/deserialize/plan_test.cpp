#include "deserialize/plan.hpp"

#include <doctest/doctest.h>

#include "acedt/base/text.hpp"
#include "acedt/codec/hasher.hpp"
#include "support/archive.hpp"
#include "support/scratch.hpp"

using namespace acedt;
using deserialize::ArchivePlan;
using deserialize::PlanEvents;
using deserialize::Source;

namespace {

constexpr std::string_view image_type = "application/vnd.oci.image.manifest.v1+json";
constexpr std::string_view index_type = "application/vnd.oci.image.index.v1+json";
constexpr std::string_view blob_type = "application/octet-stream";

struct Part {
  std::string media_type;
  std::string text;
  oci::Digest digest = codec::digest_of(oci::Algorithm::sha256, as_bytes(text));

  std::string descriptor(const std::string& more = "") const {
    return "{\"mediaType\":\"" + media_type + "\",\"digest\":\"" + digest.text() +
           "\",\"size\":" + std::to_string(text.size()) + more + "}";
  }
};

Part blob(const std::string& text) {
  return {std::string(blob_type), text};
}

Part image(const Part& config, const std::vector<Part>& layers, const Part* subject = nullptr) {
  std::string list;
  for (const Part& layer : layers) list += (list.empty() ? "" : ",") + layer.descriptor();
  return {std::string(image_type), "{\"schemaVersion\":2,\"config\":" + config.descriptor() + ",\"layers\":[" + list +
                                       "]" + (subject != nullptr ? ",\"subject\":" + subject->descriptor() : "") + "}"};
}

Part index(const std::vector<std::string>& manifests) {
  std::string list;
  for (const std::string& manifest : manifests) list += (list.empty() ? "" : ",") + manifest;
  return {std::string(index_type), "{\"schemaVersion\":2,\"manifests\":[" + list + "]}"};
}

/// Archives with these blobs and index.json, and what is planned for them.
struct Archives : testing::Scratch {
  void add(const std::string& name, const std::vector<Part>& parts, const std::string& index_json,
           const std::string& layout = R"({"imageLayoutVersion":"1.0.0"})") {
    std::string text = layout.empty() ? "" : testing::entry("oci-layout", layout);
    for (const Part& part : parts) text += testing::entry(part.digest.blob_path(), part.text);
    text += testing::entry("index.json", index_json) + testing::tar_end;
    sources.push_back({file(name, text), name, {"reg.example.com/sync:" + name, name}});
  }

  std::vector<ArchivePlan> plan() {
    const PlanEvents events{
        .planned = [](const ArchivePlan&) {},
        .failed = [this](const Source& source, const Error& error) { failed.emplace_back(source.file, error); },
        .warn = [](const Source&, const std::string&) {}};
    return deserialize::plan_archives(sources, events);
  }
  ArchivePlan plan_alone(const std::string& name, const std::vector<Part>& parts, const std::string& index_json) {
    add(name, parts, index_json);
    return plan().at(0);
  }

  std::vector<Source> sources;
  std::vector<std::pair<std::string, Error>> failed;
};

std::vector<std::string> order_of(const ArchivePlan& plan) {
  std::vector<std::string> digests;
  for (const ArchivePlan::Manifest& manifest : plan.manifests) digests.push_back(manifest.descriptor.digest.text());
  return digests;
}

const Part config = blob("{}");
const Part layer = blob("a layer");

}  // namespace

TEST_CASE("manifests follow all that they refer to: images, their index, then a referrer of the index") {
  Archives archives;
  const Part one = image(config, {layer});
  const Part two = image(config, {});
  const Part root = index({one.descriptor(), two.descriptor()});
  const Part signature = image(config, {blob("signature")}, &root);
  const ArchivePlan plan = archives.plan_alone("a", {root, signature, two, one, config, layer, blob("signature")},
                                               index({root.descriptor(), signature.descriptor()}).text);
  CHECK(plan.root.digest == root.digest);
  const std::vector<std::string> order = order_of(plan);
  REQUIRE(order.size() == 4);
  CHECK(order[2] == root.digest.text());
  CHECK(order[3] == signature.digest.text());
  CHECK(plan.blobs.size() == 3);
  CHECK(plan.elsewhere.empty());
}

TEST_CASE("blobs are pushed in the order of the file, except those that no manifest names") {
  Archives archives;
  const Part root = image(config, {layer});
  const ArchivePlan plan =
      archives.plan_alone("a", {layer, blob("stray"), config, root}, index({root.descriptor()}).text);
  REQUIRE(plan.blobs.size() == 2);
  CHECK(plan.blobs[0].found.digest == layer.digest);
  CHECK(plan.blobs[1].found.digest == config.digest);
}

TEST_CASE("the destination must have content that only a later archive has, but not what an earlier one has") {
  const Part one = image(config, {layer});
  const Part two = image(config, {layer, blob("new")});
  const auto add_one = [&](Archives& archives) {
    archives.add("a", {one, config, layer}, index({one.descriptor()}).text);
  };
  const auto add_two = [&](Archives& archives) {
    archives.add("b", {two, blob("new")}, index({two.descriptor()}).text);
  };
  Archives in_order;
  add_one(in_order);
  add_two(in_order);
  const std::vector<ArchivePlan> plans = in_order.plan();
  CHECK(plans.at(1).needs == std::vector<std::size_t>{0});
  CHECK(plans.at(1).elsewhere.empty());
  Archives reversed;
  add_two(reversed);
  add_one(reversed);
  const ArchivePlan first = reversed.plan().at(0);
  CHECK(first.needs.empty());
  CHECK(first.elsewhere.size() == 2);
}

TEST_CASE("blobs that two archives have are marked as shared") {
  Archives archives;
  const Part one = image(config, {layer});
  const Part two = image(config, {blob("new")});
  archives.add("a", {one, config, layer}, index({one.descriptor()}).text);
  archives.add("b", {two, config, blob("new")}, index({two.descriptor()}).text);
  for (const ArchivePlan& plan : archives.plan())
    for (const ArchivePlan::Blob& each : plan.blobs) CHECK(each.is_shared == (each.found.digest == config.digest));
}

TEST_CASE("an archive that needs a damaged one fails as well, others do not") {
  Archives archives;
  const Part one = image(config, {layer});
  Part wrong = one;
  wrong.text[1] ^= 1;
  const Part two = image(config, {layer, blob("new")});
  const Part three = image(blob("own"), {});
  archives.add("a", {wrong, config, layer}, index({one.descriptor()}).text);
  archives.add("b", {two, blob("new")}, index({two.descriptor()}).text);
  archives.add("c", {three, blob("own")}, index({three.descriptor()}).text);
  const std::vector<ArchivePlan> plans = archives.plan();
  REQUIRE(plans.size() == 1);
  CHECK(plans[0].file == "c");
  REQUIRE(archives.failed.size() == 2);
  CHECK(archives.failed[0].second.kind() == ErrorKind::corrupt);
  CHECK(std::string(archives.failed[1].second.what()).find("it needs a, which cannot be pushed") != std::string::npos);
}

TEST_CASE("a subject that the archive lacks does not count as missing") {
  Archives archives;
  const Part gone = image(config, {blob("gone")});
  const Part signature = image(config, {}, &gone);
  const ArchivePlan plan = archives.plan_alone("a", {signature, config}, index({signature.descriptor()}).text);
  CHECK(plan.elsewhere.empty());
}

TEST_CASE("names in index.json become tags only if cosign looks for them") {
  Archives archives;
  const Part root = image(config, {});
  const Part signature = image(config, {layer});
  const std::string tag = "sha256-" + root.digest.hex() + ".sig";
  const auto named = [](const Part& part, const std::string& name) {
    return part.descriptor(R"(,"annotations":{"org.opencontainers.image.ref.name":")" + name + "\"}");
  };
  const ArchivePlan plan = archives.plan_alone("a", {root, signature, config, layer},
                                               index({named(root, "reg.example.com/x:1"), named(signature, tag)}).text);
  REQUIRE(plan.other_tags.size() == 1);
  CHECK(plan.other_tags[0].tag == tag);
  CHECK(plan.other_tags[0].digest == signature.digest);
}

TEST_CASE("content that is named both as a manifest and as a blob is pushed as both") {
  Archives archives;
  const Part inner = image(config, {});
  const Part as_layer{std::string(blob_type), inner.text};
  const Part outer = image(config, {as_layer});
  const ArchivePlan plan =
      archives.plan_alone("a", {outer, inner, config}, index({outer.descriptor(), inner.descriptor()}).text);
  CHECK(plan.manifests.size() == 2);
  CHECK(plan.blobs.size() == 2);
}

TEST_CASE("an error about damage names the archive") {
  const Part root = image(config, {layer});
  Part wrong = root;
  wrong.text[1] ^= 1;
  Part longer = layer;
  longer.text += "x";
  const auto failure_of = [](const std::vector<Part>& parts, const Part& listed) {
    Archives archives;
    archives.add("a", parts, index({listed.descriptor()}).text);
    CHECK(archives.plan().empty());
    const Error error = archives.failed.at(0).second;
    CHECK(error.kind() == ErrorKind::corrupt);
    CHECK(std::string(error.what()).find("a: ") == 0);
    return std::string(error.what());
  };
  CHECK(failure_of({wrong, config, layer}, root).find(root.digest.blob_path()) != std::string::npos);
  CHECK(failure_of({root, config, longer}, root).find(layer.digest.blob_path()) != std::string::npos);
}

TEST_CASE("an archive with another layout version is refused, one without oci-layout is not") {
  const Part root = image(config, {});
  const auto plans_with = [&](const std::string& layout) {
    Archives archives;
    archives.add("a", {root, config}, index({root.descriptor()}).text, layout);
    return archives.plan().size();
  };
  CHECK(plans_with("") == 1);
  CHECK(plans_with(R"({"imageLayoutVersion":"2.0.0"})") == 0);
}
