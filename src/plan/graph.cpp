// Discovery and walk are separate because the results arrive in any order but the archive must not depend on it:
// Discovery decides what is fetched, with limits against hostile registries, and walk() visits the complete graph in
// the reference's order. Both see the same weak links: a subject or referrer that the registry lacks is left out and
// reported.

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

constexpr Bytes max_text = 64_MiB;             // of all manifests of an artifact
constexpr std::size_t cost_of_referrer = 512;  // bytes, beside its manifest
constexpr std::size_t max_levels = 1000;       // a hostile registry can serve chains without end
constexpr const char* push_again = "the manifests are malformed: make the artifact again with a current tool";
constexpr Bytes max_artifact{std::numeric_limits<std::int64_t>::max()};
constexpr std::size_t max_left_out = 50'000;  // digests of 72 bytes in an index.json, of which readers take 8 MiB

bool names_subject(const oci::Manifest& manifest, const oci::Digest& digest) {
  return manifest.subject && manifest.subject->digest == digest;
}

/// Returns whether `successor` of `node` is left out because of its platform.
bool is_left_out(const Node& node, const oci::Descriptor& successor) {
  const auto& subject = node.document->manifest.subject;
  const bool is_subject = subject && &successor == &*subject;
  return !is_subject && node.left_out.contains(successor.digest);
}

/// The depth-first walk. It keeps its own stack instead of recursing: a chain of subjects may be of any length.
class Walk {
 public:
  explicit Walk(const Nodes& nodes) : nodes_(nodes) {}

  Graph run(const oci::Descriptor& root) {
    is_root_ = true;
    visit(root, false);
    while (!stack_.empty()) follow_next(stack_.back());
    graph_.referrers = referrers_.size();
    std::erase_if(graph_.other_platforms, [this](const oci::Digest& digest) { return walked_.contains(digest); });
    if (graph_.other_platforms.size() > max_left_out)
      throw Error(ErrorKind::bad_input,
                  "--platform leaves out more than " + std::to_string(max_left_out) + " manifests");
    return std::move(graph_);
  }

 private:
  struct Level {
    oci::Digest digest;
    const Node* node;
    std::vector<const oci::Descriptor*> successors;
    std::size_t next = 0;  // link to follow: the successors, then the referrers
  };

  /// Follows the next link of `level`, the top of the stack, which may be gone or moved afterwards.
  void follow_next(Level& level) {
    const Node& node = *level.node;
    const std::size_t number = level.next++;
    if (number < level.successors.size()) {
      const oci::Descriptor& successor = *level.successors[number];
      const auto& subject = node.document->manifest.subject;
      const bool is_subject = subject && &successor == &*subject;
      if (is_subject && !is_available(successor)) return leave_out(LeftOut::Why::no_subject, level, successor);
      if (is_left_out(node, successor)) {
        graph_.other_platforms.insert(successor.digest);
        return;
      }
      return visit(successor, false);
    }
    if (number == level.successors.size() + node.referrers.size()) return stack_.pop_back();
    const auto& [referrer, must_name_subject] = node.referrers[number - level.successors.size()];
    if (must_name_subject && !may_name_subject(referrer, level.digest))
      return leave_out(LeftOut::Why::no_referrer, level, referrer);
    if (!is_available(referrer)) return leave_out(LeftOut::Why::referrer_gone, level, referrer);
    visit(referrer, true);
  }

  /// Returns false if it is a manifest that the registry lacks.
  bool is_available(const oci::Descriptor& descriptor) const {
    if (!oci::is_manifest(descriptor.media_type)) return true;
    const auto node = nodes_.find(descriptor.digest);
    return node != nodes_.end() && node->second.document;
  }

  /// Returns whether the manifest has the subject `digest`, or might have it, as the registry lacks the manifest.
  bool may_name_subject(const oci::Descriptor& descriptor, const oci::Digest& digest) const {
    const auto node = nodes_.find(descriptor.digest);
    if (!oci::is_manifest(descriptor.media_type) || node == nodes_.end()) return false;
    return !node->second.document || names_subject(node->second.document->manifest, digest);
  }

  void leave_out(LeftOut::Why why, const Level& level, const oci::Descriptor& descriptor) {
    const auto [known, is_new] = left_out_.emplace(std::pair(level.digest, why), graph_.left_out.size());
    if (is_new) graph_.left_out.push_back({why, level.digest, descriptor.digest});
    ++graph_.left_out[known->second].count;
  }

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
    stack_.push_back({descriptor.digest, &node->second, document.manifest.successors()});
  }

  void store(const oci::Descriptor& descriptor, std::shared_ptr<const Document> document) {
    if (document && Bytes{document->text.size()} != descriptor.size) {
      throw Error(ErrorKind::corrupt, descriptor.digest.text() + ": listed with " +
                                          std::to_string(descriptor.size.count) + " bytes, but has " +
                                          std::to_string(document->text.size()))
          .hint(push_again);
    }
    if (descriptor.size > max_artifact - size_)
      throw Error(ErrorKind::bad_input, "the sizes in the manifests add up to more than 2^63 bytes").hint(push_again);
    size_ += descriptor.size;
    graph_.entries.push_back({descriptor, std::move(document)});
  }

  [[noreturn]] static void refuse_two_sizes(const oci::Descriptor& descriptor, Bytes before) {
    throw Error(ErrorKind::corrupt, descriptor.digest.text() + ": listed with two sizes, " +
                                        std::to_string(before.count) + " and " + std::to_string(descriptor.size.count) +
                                        " bytes")
        .hint(push_again);
  }

  void list(const oci::Descriptor& descriptor, const Document& document) {
    listed_[descriptor.digest] = graph_.manifests.size();
    graph_.manifests.push_back({descriptor, &document.manifest, {}});
    const std::string_view name = oci::annotation_of(descriptor.annotations, oci::annotation::ref_name);
    if (!name.empty()) names_.emplace(descriptor.digest, name);
    note_source(descriptor);
  }

  /// Adds the source annotation of `descriptor`: several descriptors of an image may have different ones.
  void note_source(const oci::Descriptor& descriptor) {
    const auto listed = listed_.find(descriptor.digest);
    const std::string_view source = oci::annotation_of(descriptor.annotations, oci::annotation::source);
    if (listed == listed_.end() || source.empty()) return;
    if (sources_.emplace(descriptor.digest, source).second)
      graph_.manifests[listed->second].sources.emplace_back(source);
  }

  /// Lists a referrer once more if it has another tag here: cosign keeps one SBOM of two images under two tags.
  void note_tag(const oci::Descriptor& descriptor) {
    const std::string_view tag = oci::annotation_of(descriptor.annotations, oci::annotation::ref_name);
    const auto listed = listed_.find(descriptor.digest);
    if (tag.empty() || listed == listed_.end()) return;
    if (!names_.emplace(descriptor.digest, tag).second) return;
    graph_.manifests.push_back({descriptor, graph_.manifests[listed->second].content, {}});
  }

  const Nodes& nodes_;
  Graph graph_;
  Bytes size_;  // of graph_.entries
  std::vector<Level> stack_;
  std::map<oci::Digest, Bytes> stored_;                         // digests in graph_.entries -> their sizes
  std::set<oci::Digest> walked_;                                // manifests; one may have been listed as a blob before
  std::map<oci::Digest, std::size_t> listed_;                   // -> index in graph_.manifests
  std::set<std::pair<oci::Digest, std::string>> names_;         // of the listed manifests: ref.name
  std::set<std::pair<oci::Digest, std::string_view>> sources_;  // of the listed manifests: sources
  std::set<oci::Digest> referrers_;
  std::map<std::pair<oci::Digest, LeftOut::Why>, std::size_t> left_out_;  // -> index in graph_.left_out
  bool is_root_ = false;
};

}  // namespace

Discovery::Discovery(const oci::Descriptor& root, Subjects subjects) : subjects_(subjects) {
  require(root, 1);
}

std::vector<oci::Descriptor> Discovery::take_needed(std::size_t max_pending) {
  const std::size_t pending = seen_.size() - needed_.size() - nodes_.size();
  const std::size_t count = std::min(needed_.size(), max_pending - std::min(max_pending, pending));
  const auto end = needed_.begin() + static_cast<std::ptrdiff_t>(count);
  std::vector<oci::Descriptor> taken(std::make_move_iterator(needed_.begin()), std::make_move_iterator(end));
  needed_.erase(needed_.begin(), end);
  return taken;
}

/// Notes that `descriptor` must be fetched, unless it was noted before. Returns null if it is a blob.
Discovery::Seen* Discovery::need(const oci::Descriptor& descriptor, std::size_t level) {
  if (!oci::is_manifest(descriptor.media_type)) return nullptr;
  const auto [seen, is_new] = seen_.emplace(descriptor.digest, Seen{level});
  if (!is_new) return &seen->second;
  if (level > max_levels)
    throw Error(ErrorKind::bad_input, "the artifact is more than " + std::to_string(max_levels) + " manifests deep")
        .hint(push_again);
  needed_.push_back(descriptor);
  return &seen->second;
}

void Discovery::require(const oci::Descriptor& descriptor, std::size_t level) {
  Seen* const seen = need(descriptor, level);
  if (seen == nullptr) return;
  seen->is_required = seen->is_linked = true;
  if (const auto absent = absent_.find(descriptor.digest); absent != absent_.end()) throw Error(absent->second);
}

bool Discovery::belongs(const oci::Digest& digest, const oci::Manifest& manifest) {
  const auto seen = seen_.find(digest);
  const auto is_for = [&](const oci::Digest& claimant) { return names_subject(manifest, claimant); };
  const bool belongs = seen->second.is_linked || std::ranges::any_of(seen->second.claimed_by, is_for);
  if (!belongs) seen_.erase(seen);  // another link that leads to it makes it needed again
  return belongs;
}

void Discovery::add(const oci::Digest& digest, Node node) {
  text_ += Bytes{node.document->text.size() + cost_of_referrer * node.referrers.size()};
  if (text_ > max_text)
    throw Error(ErrorKind::bad_input, "the artifact has more than 64 MiB of manifests")
        .hint("it cannot be mirrored: split it into several artifacts");
  const std::size_t next_level = seen_.at(digest).level + 1;
  const oci::Manifest& manifest = node.document->manifest;
  for (const oci::Descriptor* successor : manifest.successors()) {
    if (is_left_out(node, *successor)) continue;
    const bool is_subject = manifest.subject && successor == &*manifest.subject;
    if (!is_subject) require(*successor, next_level);
    if (!is_subject || subjects_ == Subjects::ignored) continue;
    if (Seen* const seen = need(*successor, next_level)) seen->is_linked = true;
  }
  for (const Referrer& referrer : node.referrers) {
    Seen* const seen = need(referrer.descriptor, next_level);
    if (seen == nullptr) continue;
    if (referrer.must_name_subject) seen->claimed_by.push_back(digest);
    if (!referrer.must_name_subject) seen->is_linked = true;
  }
  nodes_.emplace(digest, std::move(node));
}

void Discovery::add_absent(const oci::Digest& digest, const Error& why) {
  if (seen_.at(digest).is_required) throw Error(why);
  nodes_.emplace(digest, Node{});
  absent_.emplace(digest, why);
}

Graph walk(const oci::Descriptor& root, const Nodes& nodes) {
  return Walk(nodes).run(root);
}

}  // namespace acedt::plan
