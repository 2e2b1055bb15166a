#include "acedt/plan/graph.hpp"

#include "acedt/base/error.hpp"
#include "plan/content.hpp"
#include "support/failure.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <cstring>

using namespace acedt;
using namespace acedt::plan;
using testing::blob;
using testing::Content;
using testing::digest_of;
using testing::failure;

namespace {

char name_of(const oci::Descriptor& descriptor) {
  return descriptor.digest.hex().front();
}

/// Returns the letters of the stored content, then a bar and those of index.json.
std::string order(const Graph& graph) {
  std::string text;
  for (const Entry& entry : graph.entries) text += name_of(entry.descriptor);
  text += '|';
  for (const oci::NamedManifest& manifest : graph.manifests) text += name_of(manifest.descriptor);
  return text;
}

oci::Descriptor with(oci::Descriptor descriptor, std::string_view key, const std::string& value) {
  descriptor.annotations.emplace(key, value);
  return descriptor;
}

/// Returns a digest that depends on `number`.
oci::Digest numbered(std::uint64_t number) {
  std::array<std::byte, 32> raw{};
  std::memcpy(raw.data(), &number, sizeof number);
  return {oci::Algorithm::sha256, raw};
}

std::shared_ptr<const Document> document(oci::Manifest manifest) {
  return std::make_shared<const Document>(Document{"{}", std::move(manifest)});
}

/// Runs the discovery against a registry with `content` but without `absent`. Returns the letters that it asked for.
std::string discover(Discovery& discovery, const Content& content, std::string_view absent = "") {
  std::string asked;
  for (auto needed = discovery.take_needed(); !needed.empty(); needed = discovery.take_needed()) {
    for (const oci::Descriptor& descriptor : needed) {
      asked += name_of(descriptor);
      const Node& node = content.nodes.at(descriptor.digest);
      if (absent.find(name_of(descriptor)) != absent.npos) {
        discovery.add_absent(descriptor.digest, Error(ErrorKind::not_found, descriptor.digest.hex().substr(0, 1)));
      } else if (discovery.belongs(descriptor.digest, node.document->manifest)) {
        discovery.add(descriptor.digest, node);
      }
    }
  }
  return asked;
}

/// Returns what is left out, as "MANIFEST REASON: FIRST COUNT".
std::string left_out(const Graph& graph) {
  std::string text;
  for (const auto& [why, of, first, count] : graph.left_out) {
    const char* reason = why == LeftOut::Why::no_subject      ? "no subject"
                         : why == LeftOut::Why::referrer_gone ? "gone"
                                                              : "no referrer";
    text += of.hex().substr(0, 1) + " " + reason + ": " + first.hex().front() + std::to_string(count) + "; ";
  }
  return text;
}

oci::Descriptor numbered_index(std::uint64_t number) {
  return {.media_type = std::string(oci::media_type::oci_index), .digest = numbered(number), .size = {2}};
}

}  // namespace

TEST_CASE("referrers are counted once, and listed once for each of their tags") {
  Content content;
  const auto first = content.image('a', {blob('b')});
  const auto second = content.image('c', {blob('d')});
  const auto root = content.index('e', {first, second});
  const auto sbom = content.image('f', {blob('0')});
  content.refer(first, {with(sbom, oci::annotation::ref_name, "one.sbom")});
  content.refer(second, {with(sbom, oci::annotation::ref_name, "two.sbom"), sbom});
  content.refer(root, {with(sbom, oci::annotation::ref_name, "one.sbom")});
  const Graph graph = walk(root, content.nodes);
  CHECK(order(graph) == "eabf0cd|eafcf");
  CHECK(graph.referrers == 1);
  CHECK(oci::annotation_of(graph.manifests[2].descriptor.annotations, oci::annotation::ref_name) == "one.sbom");
  CHECK(oci::annotation_of(graph.manifests[4].descriptor.annotations, oci::annotation::ref_name) == "two.sbom");
  CHECK(walk(first, content.nodes).referrers == 1);
  CHECK(walk(sbom, content.nodes).referrers == 0);
}

TEST_CASE("an image is followed by its config and its layers") {
  Content content;
  const auto root = content.image('a', {blob('b'), blob('c'), blob('d')});
  CHECK(order(walk(root, content.nodes)) == "abcd|a");
}

TEST_CASE("an index is walked depth first") {
  Content content;
  const auto first = content.image('b', {blob('c'), blob('d')});
  const auto inner = content.index('e', {content.image('f', {blob('0')})});
  const auto last = content.image('1', {blob('2')});
  CHECK(order(walk(content.index('a', {first, inner, last}), content.nodes)) == "abcdef012|abef1");
}

TEST_CASE("a subject, with its own content, comes before the other successors") {
  Content content;
  const auto subject = content.image('b', {blob('c')});
  CHECK(order(walk(content.image('a', {blob('d'), blob('e')}, subject), content.nodes)) == "abcde|ab");
  const auto child = content.image('d', {blob('e')});
  CHECK(order(walk(content.index('f', {child}, subject), content.nodes)) == "fbcde|fbd");
}

TEST_CASE("referrers come after the successors of a manifest, and so do their own referrers") {
  Content content;
  const auto child = content.image('b', {blob('c')});
  const auto root = content.index('a', {child, content.image('d', {blob('e')})});
  const auto of_child = content.image('f', {blob('0')}, child);
  const auto of_root = content.image('1', {blob('2')}, root);
  const auto of_referrer = content.image('3', {blob('4')}, of_root);
  content.refer(child, {of_child});
  content.refer(root, {of_root});
  content.refer(of_root, {of_referrer});
  CHECK(order(walk(root, content.nodes)) == "abcf0de1234|abfd13");
}

TEST_CASE("content that is listed often is stored once, at its first place in the order") {
  Content content;
  const auto shared = content.image('b', {blob('c'), blob('d'), blob('d')});
  const auto other = content.image('e', {blob('c'), blob('f'), blob('d')});
  CHECK(order(walk(content.index('a', {shared, other, shared}), content.nodes)) == "abcdef|abe");
}

TEST_CASE("manifests that refer to each other are walked once") {
  Content content;
  content.index('b', {});
  const auto again = content.index('a', {content.index('b', {})});
  content.index('b', {again});
  CHECK(order(walk(again, content.nodes)) == "ab|ab");
}

TEST_CASE("a digest that is listed as a blob and then as a manifest is stored once, walked and listed") {
  Content content;
  const auto image = content.image('b', {blob('c')});
  const auto as_blob = blob('b', image.size);
  const auto naming = content.image('d', {as_blob});
  const auto graph = walk(content.index('a', {naming, image}), content.nodes);
  CHECK(order(graph) == "adbc|adb");
  CHECK(graph.entries[2].document == content.nodes.at(digest_of('b')).document);
  CHECK(graph.manifests[2].descriptor.media_type == oci::media_type::oci_manifest);
}

TEST_CASE("index.json has the descriptors of the first parent") {
  Content content;
  const auto image = content.image('b', {blob('c')});
  const auto root = with(content.index('a', {with(image, "k", "first"), with(image, "k", "second")}),
                         oci::annotation::ref_name, "reg/a:1");
  const auto graph = walk(root, content.nodes);
  REQUIRE(graph.manifests.size() == 2);
  CHECK(graph.manifests[0].descriptor == root);
  CHECK(graph.manifests[1].descriptor == with(image, "k", "first"));
  CHECK(graph.manifests[1].content == &content.nodes.at(digest_of('b')).document->manifest);
}

TEST_CASE("an image has the sources of all its descriptors, once each and in order") {
  Content content;
  const auto image = content.image('b', {blob('c')});
  Content::Descriptors names;
  for (const char* source : {"x:1", "y:1", "x:1", "", "z:1"})
    names.push_back(with(image, oci::annotation::source, source));
  const auto graph = walk(content.index('a', names), content.nodes);
  REQUIRE(graph.manifests.size() == 2);
  CHECK(graph.manifests[0].sources.empty());
  CHECK(graph.manifests[1].sources == std::vector<std::string>{"x:1", "y:1", "z:1"});
}

TEST_CASE("a manifest whose descriptor has a wrong size is refused") {
  Content content;
  auto image = content.image('b', {blob('c')});
  image.size = {3};
  const std::string want = digest_of('b').text() + ": listed with 3 bytes, but has 2";
  CHECK(failure(ErrorKind::corrupt, [&] { walk(image, content.nodes); }) == want);
  const auto root = content.index('a', {image});
  CHECK(failure(ErrorKind::corrupt, [&] { walk(root, content.nodes); }) == want);
}

TEST_CASE("a digest with two sizes is refused, for blobs and manifests, in any order") {
  Content content;
  const auto image = content.image('b', {blob('c'), blob('d', {7})});
  auto longer_image = image;
  longer_image.size = {3};
  const auto longer_blob = content.image('e', {blob('c'), blob('d', {8})});
  const std::string d = digest_of('d').text();
  const auto refused = [&](std::vector<oci::Descriptor> children) {
    const auto root = content.index('a', std::move(children));
    return failure(ErrorKind::corrupt, [&] { walk(root, content.nodes); });
  };
  CHECK(refused({image, longer_blob}) == d + ": listed with two sizes, 7 and 8 bytes");
  CHECK(refused({longer_blob, image}) == d + ": listed with two sizes, 8 and 7 bytes");
  CHECK(refused({image, longer_image}) == digest_of('b').text() + ": listed with two sizes, 2 and 3 bytes");
  CHECK_FALSE(refused({longer_image, image}).empty());
  content.refer(image, {content.image('f', {blob('c')}, longer_image)});
  CHECK(refused({image}) == digest_of('b').text() + ": listed with two sizes, 2 and 3 bytes");
}

TEST_CASE("an image may be listed 100,000 times, each time with another source") {
  constexpr std::size_t count = 100'000;  // takes minutes if each is compared with half of the others
  Content content;
  const auto image = content.image('b', {blob('c')});
  std::vector<oci::Descriptor> names;
  for (std::size_t i = 0; i < count; ++i)
    names.push_back(with(image, oci::annotation::source, "registry.example/app:" + std::to_string(i)));
  CHECK(walk(content.index('a', names), content.nodes).manifests[1].sources.size() == count);
}

TEST_CASE("an artifact manifest is stored with its content, and listed only as the root") {
  Content content;
  const auto subject = content.image('b', {blob('c')});
  const auto artifact = content.artifact('a', {blob('d'), blob('e')}, subject);
  CHECK(order(walk(artifact, content.nodes)) == "abcde|ab");
  CHECK(order(walk(content.index('f', {artifact}), content.nodes)) == "fabcde|fb");
}

TEST_CASE("a chain of subjects may have any length") {
  constexpr std::uint64_t length = 30'000;
  Nodes nodes;
  for (std::uint64_t i = 0; i < length; ++i) {
    oci::Manifest manifest{.kind = oci::ContentKind::index};
    if (i + 1 < length) manifest.subject = numbered_index(i + 1);
    nodes[numbered(i)].document = document(std::move(manifest));
  }
  const auto graph = walk(numbered_index(0), nodes);
  CHECK(graph.entries.size() == length);
  CHECK(graph.manifests.back().descriptor.digest == numbered(length - 1));
}

TEST_CASE("every manifest is needed once, and no blob") {
  Content content;
  const auto image = content.image('b', {blob('c')});
  const auto root = content.index('a', {image, content.index('d', {image}), image});
  content.refer(image, {content.image('e', {blob('f')}, image)});
  Discovery discovery(root);
  CHECK(discover(discovery, content) == "abde");
  CHECK(order(walk(root, discovery.nodes())) == order(walk(root, content.nodes)));
}

TEST_CASE("a missing subject and missing referrers are left out, with what only they lead to") {
  Content content;
  const auto of_subject = content.image('e', {blob('f')});
  const auto subject = content.index('b', {of_subject});
  const auto root = content.image('a', {blob('c')}, subject);
  content.refer(root, {content.image('1', {blob('2')}, root), content.image('3', {blob('4')}, root),
                       content.image('5', {blob('6')}, root)});
  Discovery discovery(root);
  CHECK(discover(discovery, content, "b15") == "ab135");
  const Graph graph = walk(root, discovery.nodes());
  CHECK(order(graph) == "ac34|a3");
  CHECK(graph.referrers == 1);
  CHECK(left_out(graph) == "a no subject: b1; a gone: 12; ");
}

TEST_CASE("a missing manifest that an index lists is an error, whatever else links to it") {
  Content content;
  const auto gone = content.image('b', {blob('c')});
  const auto with_subject = content.image('d', {blob('e')}, gone);
  for (const auto& children : {std::vector{with_subject, gone}, std::vector{gone, with_subject}}) {
    Discovery discovery(content.index('a', children));
    CHECK(failure(ErrorKind::not_found, [&] { discover(discovery, content, "b"); }) == "b");
  }
  const auto inner = content.index('f', {gone});
  Discovery discovery(content.index('a', {with_subject, inner}));  // comes only after 'b' is known to be absent
  discovery.take_needed();
  discovery.add(digest_of('a'), content.nodes.at(digest_of('a')));
  discovery.take_needed();
  discovery.add(digest_of('d'), content.nodes.at(digest_of('d')));
  discovery.take_needed();
  discovery.add_absent(digest_of('b'), Error(ErrorKind::not_found, "b"));
  CHECK(failure(ErrorKind::not_found, [&] { discovery.add(digest_of('f'), content.nodes.at(digest_of('f'))); }) == "b");
}

TEST_CASE("a manifest in a referrers tag counts only if its subject is the manifest of the tag") {
  Content content;
  const auto child = content.image('b', {blob('c')});
  const auto root = content.index('a', {child});
  const auto unrelated = content.index('d', {content.image('e', {blob('f')})});
  const auto of_another = content.image('1', {blob('2')}, child);
  const auto genuine = content.image('3', {blob('4')}, root);
  content.claim(root, {child, unrelated, of_another, genuine, blob('5'), content.image('6', {blob('7')}, root)});
  Discovery discovery(root);
  CHECK(discover(discovery, content, "6") == "abd136");
  const Graph graph = walk(root, discovery.nodes());
  CHECK(order(graph) == "abc34|ab3");
  CHECK(graph.referrers == 1);
  CHECK(left_out(graph) == "a no referrer: b4; a gone: 61; ");
}

TEST_CASE("a manifest that a referrers tag lists wrongly belongs if any other link leads to it") {
  Content content;
  const auto claimed = content.index('b', {content.image('c', {blob('d')})});
  const auto late = content.index('e', {claimed});
  const auto root = content.index('a', {content.index('f', {late})});
  content.claim(root, {claimed});
  Discovery discovery(root);
  CHECK(discover(discovery, content) == "afbebc");
  CHECK(order(walk(root, discovery.nodes())) == "afebcd|afebc");
  content.claim(late, {claimed});
  Discovery other(late);
  CHECK(discover(other, content) == "ebc");
  CHECK(order(walk(late, other.nodes())) == "ebcd|ebc");
}

TEST_CASE("subjects can be ignored") {
  Content content;
  const auto root = content.image('a', {blob('c')}, content.image('b', {blob('d')}));
  Discovery discovery(root, Subjects::ignored);
  CHECK(discover(discovery, content) == "a");
  CHECK(order(walk(root, discovery.nodes())) == "ac|a");
}

TEST_CASE("children that a filter leaves out are neither needed nor stored, nor what only they lead to") {
  Content content;
  const auto left = content.image('b', {blob('1')});
  content.refer(left, {content.image('c', {blob('2')})});
  const auto root = content.index('a', {left, content.image('d', {blob('3')})});
  content.nodes.at(root.digest).left_out = {left.digest};
  Discovery discovery(root);
  CHECK(discover(discovery, content) == "ad");
  const Graph graph = walk(root, discovery.nodes());
  CHECK(order(graph) == "ad3|ad");
  CHECK(graph.other_platforms == std::set<oci::Digest>{left.digest});
}

TEST_CASE("a child that a filter leaves out is part of the artifact if anything else leads to it") {
  Content content;
  const auto left = content.image('b', {blob('1')});
  const auto other = content.index('c', {left});
  const auto root = content.index('a', {left, other}, left);
  content.nodes.at(root.digest).left_out = {left.digest};
  Discovery discovery(root);
  discover(discovery, content);
  const Graph graph = walk(root, discovery.nodes());
  CHECK(order(graph) == "ab1c|abc");
  CHECK(graph.other_platforms.empty());
}

TEST_CASE("more than 50,000 manifests of other platforms are refused") {
  Content content;
  std::vector<oci::Descriptor> children;
  for (std::uint64_t i = 1; i <= 50'001; ++i) children.push_back(numbered_index(i));
  const auto root = content.index('a', children);
  for (const oci::Descriptor& child : children) content.nodes.at(root.digest).left_out.insert(child.digest);
  CHECK(failure(ErrorKind::bad_input, [&] { walk(root, content.nodes); }) ==
        "--platform leaves out more than 50000 manifests");
}

TEST_CASE("manifests may arrive in any order") {
  Content content;
  const auto root = content.index('a', {content.image('b', {blob('1')}), content.image('c', {blob('2')})});
  Discovery discovery(root);
  discovery.take_needed();
  discovery.add(root.digest, content.nodes.at(root.digest));
  const auto needed = discovery.take_needed();
  REQUIRE(needed.size() == 2);
  discovery.add(needed[1].digest, content.nodes.at(needed[1].digest));
  discovery.add(needed[0].digest, content.nodes.at(needed[0].digest));
  CHECK(order(walk(root, discovery.nodes())) == "ab1c2|abc");
}

TEST_CASE("take_needed() keeps the number of pending manifests within its limit") {
  Content content;
  const auto children = std::vector{content.index('b', {}), content.index('c', {}), content.index('d', {})};
  const auto root = content.index('a', children);
  Discovery discovery(root);
  CHECK(discovery.take_needed(2).size() == 1);
  discovery.add(root.digest, content.nodes.at(root.digest));
  CHECK(discovery.take_needed(2).size() == 2);
  CHECK(discovery.take_needed(2).empty());
  discovery.add(children[0].digest, content.nodes.at(children[0].digest));
  CHECK(discovery.take_needed(2).size() == 1);
}

TEST_CASE("an artifact of more than 64 MiB of manifests and referrers is refused") {
  Discovery discovery(numbered_index(0));
  Node node{document({.kind = oci::ContentKind::index})};
  for (std::uint64_t next = 1; next <= 131'072; ++next) node.referrers.push_back({numbered_index(next)});
  const auto add_node = [&] { discovery.add(numbered(0), node); };
  CHECK(failure(ErrorKind::bad_input, add_node) == "the artifact has more than 64 MiB of manifests");
}

TEST_CASE("a path of more than 1000 manifests is refused") {
  Discovery discovery(numbered_index(0));
  std::uint64_t at = 0;
  const auto go_on = [&] {
    for (; at < 2000; ++at) {
      Node node{document({.kind = oci::ContentKind::index})};
      node.referrers.push_back({numbered_index(at + 1)});
      discovery.add(numbered(at), std::move(node));
    }
  };
  CHECK(failure(ErrorKind::bad_input, go_on) == "the artifact is more than 1000 manifests deep");
  CHECK(at == 999);
}

TEST_CASE("sizes that add up to 2^63 bytes are refused") {
  const auto sized = [](std::uint64_t number, std::uint64_t size) {
    return oci::Descriptor{.media_type = "a/b", .digest = numbered(number), .size = {size}};
  };
  oci::Manifest manifest{.kind = oci::ContentKind::artifact};
  constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  manifest.layers = {sized(1, most - 3), sized(2, 1)};
  Nodes nodes;
  nodes[numbered(0)].document = document(manifest);
  oci::Descriptor root = numbered_index(0);
  CHECK(walk(root, nodes).entries.size() == 3);
  manifest.layers.push_back(sized(3, 1));
  nodes[numbered(0)].document = document(manifest);
  CHECK(failure(ErrorKind::bad_input, [&] { walk(root, nodes); }) ==
        "the sizes in the manifests add up to more than 2^63 bytes");
}
