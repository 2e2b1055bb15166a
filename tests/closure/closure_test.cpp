#include "acedt/closure/closure.hpp"

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/oci/media_type.hpp"
#include "support/sha256.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

using namespace acedt;
using archive::Contents;
using closure::Closure;
using closure::Closures;
using closure::Link;
using testing::sha256;

namespace {

namespace type = oci::media_type;

/// Content with links to other content.
struct Node {
  std::string text;
  std::string_view media_type = {};
  std::vector<const Node*> links = {};
  const Node* subject = nullptr;

  oci::Digest digest() const { return sha256(text); }
  Link link() const { return {digest(), {text.size()}, media_type}; }
};

/// Returns the JSON of a descriptor of `node`, with more members in `more`.
std::string descriptor(const Node& node, const std::string& more = "") {
  const std::string media_type(node.media_type.empty() ? "application/octet-stream" : node.media_type);
  return R"({"mediaType":")" + media_type + R"(","digest":")" + node.digest().text() + R"(","size":)" +
         std::to_string(node.text.size()) + more + "}";
}

/// Returns the digest of the content of `node`, as text.
std::string digest_of(const Node& node) {
  return node.digest().text();
}

std::string index_of(const std::vector<const Node*>& nodes, const std::string& annotations = "") {
  std::string list;
  for (const Node* node : nodes) list += (list.empty() ? "" : ",") + descriptor(*node);
  return R"({"schemaVersion":2,"manifests":[)" + list + "]" + annotations + "}";
}

/// Returns an archive that lists `listed` and stores `stored`.
Contents archive_of(const std::vector<const Node*>& listed, const std::vector<const Node*>& stored,
                    const std::string& needs = "") {
  Contents contents;
  contents.size = {1 << 20};
  contents.oci_layout = R"({"imageLayoutVersion":"1.0.0"})";
  contents.index_json =
      index_of(listed, needs.empty() ? "" : R"(,"annotations":{"vnd.ace-dt.data.needs":")" + needs + "\"}");
  contents.first_index = contents.index_json;
  std::uint64_t at = 0;
  for (const Node* node : stored) contents.blobs.push_back({node->digest(), {node->text.size()}, {at += 1000, 0}});
  return contents;
}

/// The same, made with --platform linux/amd64: its index.json declares that `left_out` is left out.
Contents filtered_archive_of(const std::vector<const Node*>& listed, const std::vector<const Node*>& stored,
                             const std::string& left_out) {
  Contents contents = archive_of(listed, stored);
  contents.index_json = index_of(listed, R"(,"annotations":{"vnd.ace-dt.data.left-out":")" + left_out +
                                             R"(","vnd.ace-dt.data.platforms":"linux/amd64"})");
  contents.first_index = contents.index_json;
  return contents;
}

/// A folder in memory. Manifests are read from `nodes`.
struct Folder {
  std::map<oci::Digest, const Node*> nodes = {};
  std::vector<std::pair<std::size_t, oci::Digest>> reads = {};
  Closures closures{plan::HashSeed{1, 2}};

  explicit Folder(const std::vector<const Node*>& known) {
    for (const Node* node : known) nodes.emplace(node->digest(), node);
  }

  Closure add(const std::string& file, const Contents& contents) {
    return closures.add(file, contents, [this](std::size_t archive, const archive::Found& found, std::string_view) {
      reads.emplace_back(archive, found.digest);
      const auto node = nodes.find(found.digest);
      if (node == nodes.end()) throw Error(ErrorKind::corrupt, "has another digest");
      std::vector<Link> links;
      for (const Node* target : node->second->links) {
        links.push_back(target->link());
        links.back().is_child = node->second->media_type == type::oci_index;
      }
      if (node->second->subject != nullptr) {
        links.push_back(node->second->subject->link());
        links.back().is_subject = true;
      }
      return links;
    });
  }
};

const Node config{"config"};
const Node base{"base"};
const Node top{"top"};
const Node one{"one", type::oci_manifest, {&config, &base}};
const Node two{"two", type::oci_manifest, {&config, &base, &top}};
const Node list{"list", type::oci_index, {&one, &two}};
const std::vector<const Node*> everything = {&config, &base, &top, &one, &two, &list};

std::vector<std::string> texts(const Closure& closure, const Folder& folder) {
  std::vector<std::string> names;
  for (const auto& manifest : closure.manifests) names.push_back(folder.nodes.at(manifest.digest)->text);
  return names;
}

}  // namespace

TEST_CASE("the manifests of a complete archive are ordered, leaves first") {
  Folder folder(everything);
  const Closure closure = folder.add("1", archive_of({&list}, {&list, &one, &config, &base, &two, &top}));
  CHECK(closure.root->digest == list.digest());
  CHECK(texts(closure, folder) == std::vector<std::string>{"one", "two", "list"});
  CHECK(closure.is_manifest == std::vector<bool>{true, true, false, false, true, false});
  CHECK(closure.missing.empty());
  CHECK(closure.faults.empty());
  CHECK(closure.needs.empty());
  CHECK(closure.unnamed == 0);
  CHECK(folder.reads.size() == 3);
  CHECK(closure.manifests.front().location == tar::Location{2000, 0});
}

TEST_CASE("content of an earlier archive makes that archive needed, and its manifests are not read again") {
  Folder folder(everything);
  folder.add("1", archive_of({&one}, {&one, &config, &base}));
  folder.reads.clear();
  const Closure closure = folder.add("2", archive_of({&list}, {&list, &two, &top}));
  CHECK(closure.needs == std::vector<std::size_t>{0});
  CHECK(closure.missing.empty());
  CHECK(texts(closure, folder) == std::vector<std::string>{"two", "list"});
  CHECK(folder.reads == std::vector<std::pair<std::size_t, oci::Digest>>{{1, list.digest()}, {1, two.digest()}});
}

TEST_CASE("a manifest that an earlier archive has only as a blob is walked there") {
  Folder folder(everything);
  const Node holder{"holder", type::oci_manifest, {&two}};
  const Node as_blob{"two"};
  const Node wrapper{"wrapper", type::oci_manifest, {&config, &as_blob}};
  folder.nodes.emplace(wrapper.digest(), &wrapper);
  folder.add("1", archive_of({&wrapper}, {&wrapper, &config, &two}));
  const Closure closure = folder.add("2", archive_of({&two}, {}));
  CHECK(texts(closure, folder) == std::vector<std::string>{"two"});
  CHECK(closure.manifests.front().archive == 0);
  REQUIRE(closure.missing.size() == 2);
  CHECK(closure.missing.front().digest == base.digest());
}

TEST_CASE("content that no archive up to this one has is missing") {
  Folder folder(everything);
  const Closure closure = folder.add("1", archive_of({&list}, {&list, &one, &config}));
  REQUIRE(closure.missing.size() == 2);
  CHECK(closure.missing[0].digest == base.digest());
  CHECK(closure.missing[0].wanted_by == one.digest());
  CHECK(closure.missing[1].digest == two.digest());
  folder.add("2", archive_of({&two}, {&two, &base, &top, &config}));
  CHECK(folder.closures.places_of(base.digest()) == std::vector<Closures::Place>{{1, 1}});
}

TEST_CASE("a subject may be missing, unless something else names it as well") {
  const Node signature{"signature", type::oci_manifest, {&config}, &one};
  Folder folder({&signature, &list, &one, &config});
  const Closure closure = folder.add("1", archive_of({&signature}, {&signature, &config}));
  REQUIRE(closure.missing.size() == 1);
  CHECK(closure.missing[0].is_subject);
  const Closure both = folder.add("2", archive_of({&signature, &one}, {&signature, &config}));
  REQUIRE(both.missing.size() == 1);
  CHECK_FALSE(both.missing[0].is_subject);
}

TEST_CASE("what is declared as left out may be missing, and with it all that only it names") {
  Folder folder(everything);
  const Closure closure = folder.add("1", filtered_archive_of({&list}, {&list, &one, &config, &base}, digest_of(two)));
  CHECK(closure.missing.empty());
  CHECK(closure.faults.empty());
  CHECK(closure.remarks.empty());
  CHECK(texts(closure, folder) == std::vector<std::string>{"one", "list"});
  CHECK(closure.left_out == std::set<oci::Digest>{two.digest()});
  CHECK(closure.platforms == "linux/amd64");
}

TEST_CASE("only what is declared as left out may be missing") {
  Folder folder(everything);
  const Closure other = folder.add("1", filtered_archive_of({&list}, {&list, &one, &config, &base}, digest_of(one)));
  CHECK(other.left_out == std::set<oci::Digest>{one.digest()});
  REQUIRE(other.missing.size() == 1);
  CHECK(other.missing.front().digest == two.digest());
  const Closure blob = folder.add("2", filtered_archive_of({&one}, {&one, &config}, digest_of(top)));
  CHECK(blob.left_out.empty());
}

TEST_CASE("content that is declared as left out is missing if it is not named as a child of an index") {
  const Node signature{"signature", type::oci_manifest, {&config}, &two};
  const Node holder{"holder", type::oci_manifest, {&top}};
  const Node both{"both", type::oci_index, {&two, &signature, &holder}};
  Folder folder({&both, &signature, &holder, &config});
  const Closure closure = folder.add("1", filtered_archive_of({&both, &two}, {&both, &signature, &config, &holder},
                                                              digest_of(two) + "," + digest_of(top)));
  std::map<oci::Digest, bool> missing;  // -> named only as a subject
  for (const closure::Missing& content : closure.missing) missing.emplace(content.digest, content.is_subject);
  CHECK(missing == std::map<oci::Digest, bool>{{two.digest(), false}, {top.digest(), false}});
  CHECK(closure.left_out == std::set<oci::Digest>{two.digest()});
}

TEST_CASE("an earlier archive with what is left out is not needed") {
  Folder folder(everything);
  folder.add("1", archive_of({&config}, {}));
  folder.add("2", archive_of({&two}, {&two, &config, &base, &top}));
  const Closure closure = folder.add("3", filtered_archive_of({&list}, {&list, &one, &config, &base}, digest_of(two)));
  CHECK(closure.needs.empty());
  CHECK(closure.missing.empty());
}

TEST_CASE("a list of left out manifests that cannot be read is damage") {
  for (const std::string& wrong : {std::string("sha256:1"), digest_of(two) + ",", std::string(" ")}) {
    Folder folder(everything);
    const Closure closure = folder.add("1", filtered_archive_of({&list}, {&list, &one, &config, &base}, wrong));
    REQUIRE(closure.faults.size() == 1);
    CHECK(closure.faults.front().what.starts_with("index.json: "));
  }
}

TEST_CASE("declared needs are compared with actual needs") {
  Folder folder(everything);
  folder.add("1", archive_of({&one}, {&one, &config, &base}));
  folder.add("2", archive_of({&one}, {&one, &config, &base}));
  const Contents second = archive_of({&two}, {&two, &top}, R"([\"2\"])");
  const Closure closure = folder.add("3", second);
  CHECK(closure.declared_needs == std::vector<std::string>{"2"});
  CHECK(closure.needs == std::vector<std::size_t>{1});
  CHECK(closure.remarks.empty());
  const Closure wrong = folder.add("4", archive_of({&one}, {&one, &config}, R"([\"3\"])"));
  CHECK(wrong.remarks == std::vector<std::string>{"it needs 1, but its index.json does not say so",
                                                  "its index.json says that it needs \"3\", but it does not"});
}

TEST_CASE("an archive that lost what another needs is still needed") {
  Folder folder(everything);
  folder.add("1", archive_of({&one}, {&one, &config}));
  const Closure closure = folder.add("2", archive_of({&one}, {&one, &config}, R"([\"1\"])"));
  CHECK(closure.missing.size() == 1);
  CHECK(closure.remarks.empty());
}

TEST_CASE("damage is reported, and the walk continues") {
  Folder folder({&list, &two, &config, &base, &top});  // `one` has other bytes
  Contents contents = archive_of({&list}, {&list, &one, &two, &config, &base, &top});
  contents.blobs.back().size = {99};
  const Closure closure = folder.add("1", contents);
  REQUIRE(closure.faults.size() == 2);
  CHECK(closure.faults[0].digest == one.digest());
  CHECK(closure.faults[0].what == "has another digest");
  CHECK(closure.faults[1].digest == top.digest());
  CHECK(closure.faults[1].what == "listed with 3 bytes, but has 99");
}

TEST_CASE("an archive that is not an image layout has faults") {
  const auto faults = [](const Contents& contents) {
    Folder folder(everything);
    const Closure closure = folder.add("1", contents);
    return closure.faults.empty() ? "" : closure.faults.front().what;
  };
  Contents contents = archive_of({&one}, {&one, &config, &base});
  CHECK(faults(contents).empty());
  contents.oci_layout = R"({"imageLayoutVersion":"1.1.0"})";
  CHECK(faults(contents) == "oci-layout: version \"1.1.0\", want \"1.0.0\"");
  contents = archive_of({&base}, {&base});
  CHECK(faults(contents) == "listed in index.json as \"application/octet-stream\", which is not a manifest");
  contents = archive_of({&one}, {&one, &config, &base});
  contents.first_index = index_of({&two});
  CHECK(faults(contents) == "its two index.json have different first manifests");
  contents.index_json = "";
  CHECK(faults(contents) == "it has no index.json");
  contents.index_json = "[]";
  CHECK(faults(contents).starts_with("index.json: "));
}

TEST_CASE("a missing oci-layout and blobs that nothing names are remarks") {
  Folder folder(everything);
  Contents contents = archive_of({&one}, {&one, &config, &base, &top});
  contents.oci_layout.clear();
  const Closure closure = folder.add("1", contents);
  CHECK(closure.faults.empty());
  CHECK(closure.unnamed == 1);
  CHECK(closure.remarks ==
        std::vector<std::string>{"it has no file oci-layout", "1 of its blobs are not named by any manifest"});
}

TEST_CASE("manifests in a circle, which only wrong digests can make, end the walk") {
  Node left{"left", type::oci_index};
  Node right{"right", type::oci_index, {&left}};
  left.links = {&right};
  Folder folder({&left, &right});
  const Closure closure = folder.add("1", archive_of({&left}, {&left, &right}));
  CHECK(closure.manifests.size() == 2);
}

TEST_CASE("one digest listed with two media types of manifests is a fault") {
  const Node other{"one", type::docker_manifest};
  const Node both{"both", type::oci_index, {&one, &other}};
  Folder folder({&both, &one, &config, &base});
  const Closure closure = folder.add("1", archive_of({&both}, {&both, &one, &config, &base}));
  REQUIRE(closure.faults.size() == 1);
  CHECK(closure.faults.front().digest == one.digest());
}

TEST_CASE("memory is bounded: too many missing digests, too many manifests, a manifest that is too large") {
  std::vector<Node> blobs;
  for (int i = 0; i < 1200; ++i) blobs.push_back({std::to_string(i)});
  Node many{"many", type::oci_manifest};
  for (const Node& blob : blobs) many.links.push_back(&blob);
  Folder folder({&many});
  Contents contents = archive_of({&many}, {&many});
  contents.size = {1000};
  CHECK(folder.add("1", contents).faults.front().what == "names more digests than fit in a file of its size");

  const Node large{std::string((8 << 20) + 1, 'x'), type::oci_manifest};
  CHECK(folder.add("2", archive_of({&large}, {&large})).faults.front().what ==
        "a manifest of 8.4 MB, which is too large");
}

TEST_CASE("links are read from a manifest: each target once, the subject is weak") {
  const std::string text = R"({"config":)" + descriptor(config) + R"(,"layers":[)" + descriptor(base) + "," +
                           descriptor(base) + R"(],"subject":)" + descriptor(one) + "}";
  const auto links = closure::links_of(std::string(type::oci_manifest) + "; charset=utf-8", text);
  REQUIRE(links.size() == 3);
  CHECK(links[0].is_subject);
  CHECK(links[0].manifest_type == type::oci_manifest);
  CHECK(links[1].digest == config.digest());
  CHECK(links[2].manifest_type.empty());
  for (const Link& link : links) CHECK_FALSE(link.is_child);
  CHECK_THROWS_AS(closure::links_of(type::oci_manifest, "{"), Error);
}

TEST_CASE("the children of an index are links to children, its subject is not") {
  const std::string text =
      R"({"manifests":[)" + descriptor(one) + "," + descriptor(two) + R"(],"subject":)" + descriptor(one) + "}";
  const auto links = closure::links_of(type::oci_index, text);
  REQUIRE(links.size() == 2);
  CHECK(links[0].is_subject);
  CHECK_FALSE(links[0].is_child);
  CHECK(links[1].is_child);
}
