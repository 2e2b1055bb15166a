#include "acedt/plan/graph.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <set>
#include <string_view>
#include <utility>

#include "acedt/base/error.hpp"

namespace acedt::plan {
namespace {

constexpr Bytes most_text = 64_MiB;  // of all manifests of an artifact
constexpr std::size_t cost_of_referrer = 512;
constexpr std::size_t most_levels = 1000;  // endless chains would be followed for ever
constexpr Bytes largest_artifact{std::numeric_limits<std::int64_t>::max()};

/// The depth-first walk, with a stack of its own: a chain of subjects may be as long as a registry likes.
class Walk {
 public:
  explicit Walk(const Nodes& nodes) : nodes_(nodes) {}

  Graph run(const oci::Descriptor& root) {
    is_root_ = true;
    visit(root, false);
    while (!stack_.empty()) {
      Level& level = stack_.back();
      if (level.next == level.children.size()) {
        stack_.pop_back();
        continue;
      }
      const bool is_referrer = level.next >= level.referrers_from;
      visit(*level.children[level.next++], is_referrer);
    }
    graph_.referrers = referrers_.size();
    return std::move(graph_);
  }

 private:
  struct Level {
    std::vector<const oci::Descriptor*> children;
    std::size_t referrers_from;  // in children
    std::size_t next = 0;
  };

  void visit(const oci::Descriptor& descriptor, bool is_referrer) {
    const bool root = std::exchange(is_root_, false);
    if (is_referrer) referrers_.insert(descriptor.digest);
    const auto node = nodes_.find(descriptor.digest);
    const auto [stored, fresh] = stored_.emplace(descriptor.digest, descriptor.size);
    if (fresh) store(descriptor, node == nodes_.end() ? nullptr : node->second.document);
    if (stored->second != descriptor.size) refuse_two_sizes(descriptor, stored->second);
    if (!oci::is_manifest(descriptor.media_type)) return;
    if (!walked_.insert(descriptor.digest).second) {
      note_source(descriptor);
      if (is_referrer) note_tag(descriptor);
      return;
    }
    const Document& document = *node->second.document;
    if (root || document.manifest.kind != oci::ContentKind::artifact) list(descriptor, document);
    Level level{document.manifest.successors(), 0};
    level.referrers_from = level.children.size();
    for (const oci::Descriptor& referrer : node->second.referrers) level.children.push_back(&referrer);
    stack_.push_back(std::move(level));
  }

  void store(const oci::Descriptor& descriptor, std::shared_ptr<const Document> document) {
    if (document && Bytes{document->text.size()} != descriptor.size) {
      throw Error(ErrorKind::corrupt, descriptor.digest.text() + ": a manifest says it has " +
                                          std::to_string(descriptor.size.count) + " bytes, it has " +
                                          std::to_string(document->text.size()));
    }
    if (descriptor.size > largest_artifact - size_)
      throw Error(ErrorKind::bad_input, "the sizes in its manifests add up to more than 2^63 bytes");
    size_ += descriptor.size;
    graph_.entries.push_back({descriptor, std::move(document)});
  }

  [[noreturn]] static void refuse_two_sizes(const oci::Descriptor& descriptor, Bytes before) {
    throw Error(ErrorKind::corrupt, descriptor.digest.text() + ": its manifests say it has " +
                                        std::to_string(before.count) + " bytes, and " +
                                        std::to_string(descriptor.size.count));
  }

  void list(const oci::Descriptor& descriptor, const Document& document) {
    listed_[descriptor.digest] = graph_.manifests.size();
    graph_.manifests.push_back({descriptor, &document.manifest, {}});
    const std::string_view name = oci::annotation_of(descriptor.annotations, oci::annotation::ref_name);
    if (!name.empty()) names_.emplace(descriptor.digest, name);
    note_source(descriptor);
  }

  /// An image may be named several times, each time with another source.
  void note_source(const oci::Descriptor& descriptor) {
    const auto listed = listed_.find(descriptor.digest);
    const std::string_view source = oci::annotation_of(descriptor.annotations, oci::annotation::source);
    if (listed == listed_.end() || source.empty()) return;
    if (sources_.emplace(descriptor.digest, source).second)
      graph_.manifests[listed->second].sources.emplace_back(source);
  }

  /// cosign keeps the same SBOM of two images under two tags.
  void note_tag(const oci::Descriptor& descriptor) {
    const std::string_view tag = oci::annotation_of(descriptor.annotations, oci::annotation::ref_name);
    const auto listed = listed_.find(descriptor.digest);
    if (tag.empty() || listed == listed_.end()) return;
    if (!names_.emplace(descriptor.digest, tag).second) return;
    graph_.manifests.push_back({descriptor, graph_.manifests[listed->second].content, {}});
  }

  const Nodes& nodes_;
  Graph graph_;
  Bytes size_;  // of what entries has
  std::vector<Level> stack_;
  std::map<oci::Digest, Bytes> stored_;                         // what entries has, and its sizes
  std::set<oci::Digest> walked_;                                // manifests, which may have been named as a blob before
  std::map<oci::Digest, std::size_t> listed_;                   // -> index in graph_.manifests
  std::set<std::pair<oci::Digest, std::string>> names_;         // what is listed, with its ref.name
  std::set<std::pair<oci::Digest, std::string_view>> sources_;  // what is listed, with each of its sources
  std::set<oci::Digest> referrers_;
  bool is_root_ = false;
};

}  // namespace

Discovery::Discovery(const oci::Descriptor& root) {
  need(root, 1);
}

std::vector<oci::Descriptor> Discovery::take_needed(std::size_t at_once) {
  const std::size_t under_way = levels_.size() - needed_.size() - nodes_.size();
  const std::size_t count = std::min(needed_.size(), at_once - std::min(at_once, under_way));
  const auto end = needed_.begin() + static_cast<std::ptrdiff_t>(count);
  std::vector<oci::Descriptor> taken(std::make_move_iterator(needed_.begin()), std::make_move_iterator(end));
  needed_.erase(needed_.begin(), end);
  return taken;
}

void Discovery::need(const oci::Descriptor& descriptor, std::size_t level) {
  if (!oci::is_manifest(descriptor.media_type)) return;
  if (!levels_.emplace(descriptor.digest, level).second) return;
  if (level > most_levels)
    throw Error(ErrorKind::bad_input, "an artifact more than " + std::to_string(most_levels) + " manifests deep");
  needed_.push_back(descriptor);
}

void Discovery::add(const oci::Digest& digest, Node node) {
  text_ += Bytes{node.document->text.size() + cost_of_referrer * node.referrers.size()};
  if (text_ > most_text) throw Error(ErrorKind::bad_input, "an artifact of more than 64 MiB of manifests");
  const std::size_t next_level = levels_.at(digest) + 1;
  for (const oci::Descriptor* successor : node.document->manifest.successors()) need(*successor, next_level);
  for (const oci::Descriptor& referrer : node.referrers) need(referrer, next_level);
  nodes_.emplace(digest, std::move(node));
}

Graph walk(const oci::Descriptor& root, const Nodes& nodes) {
  return Walk(nodes).run(root);
}

}  // namespace acedt::plan
