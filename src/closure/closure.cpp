// One walk for each archive, from the descriptors of its index.json down. The walk descends into the manifests that the
// archive stores. For content of an earlier archive, it only notes that this archive is needed: the walk of that
// archive covers what is below. The walk keeps its own stack instead of recursing, because a chain may have any length.
//
// With --platform, an archive leaves out children of its indexes, and its index.json lists their digests. Only these
// may be absent, and only as children of an index: whatever else refers to one of them needs it.

#include "acedt/closure/closure.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/oci/layout.hpp"
#include "acedt/oci/manifest.hpp"
#include "acedt/plan/layout.hpp"

namespace acedt::closure {
namespace {

constexpr Bytes max_manifest = 8_MiB;
constexpr Bytes max_manifests = 64_MiB;

/// Returns the constant for a media type of manifests, without parameters; empty for blobs.
std::string_view manifest_type(std::string_view media_type) {
  using namespace oci::media_type;
  constexpr std::array types = {oci_index, oci_manifest, oci_artifact, docker_list, docker_manifest};
  if (!oci::is_manifest(media_type)) return {};
  const auto* const type = std::ranges::find(types, oci::without_parameters(media_type));
  return type == types.end() ? std::string_view() : *type;
}

Link link_to(const oci::Descriptor& descriptor, bool is_subject = false) {
  return {descriptor.digest, descriptor.size, manifest_type(descriptor.media_type), is_subject};
}

/// Returns how the two index.json of an archive contradict each other; nullopt if they do not. Both must have the same
/// first manifest and the same annotations, and come from the same writer.
std::optional<std::string> difference(const oci::Manifest& first, std::string_view first_text,
                                      const oci::Manifest& last, std::string_view last_text) {
  if (first.manifests.empty() || last.manifests.empty() || first.manifests.front() != last.manifests.front())
    return "its two index.json have different first manifests";
  if (first.annotations != last.annotations) return "its two index.json have different annotations";
  const bool first_is_ours = oci::index_json(first.manifests, first.annotations) == first_text;
  const bool last_is_ours = oci::index_json(last.manifests, last.annotations) == last_text;
  if (first_is_ours != last_is_ours)
    return std::string(first_is_ours ? "its last" : "its first") + " index.json is not as ace-dt writes it";
  return std::nullopt;
}

}  // namespace

std::vector<Link> links_of(std::string_view media_type, std::string_view text) {
  const oci::Manifest manifest = oci::Manifest::parse(media_type, text);
  std::vector<Link> links;
  std::set<std::pair<oci::Digest, std::string_view>> known;
  for (const oci::Descriptor* successor : manifest.successors()) {
    Link link = link_to(*successor, manifest.subject && successor == &*manifest.subject);
    link.is_child = manifest.kind == oci::ContentKind::index && !link.is_subject;
    if (known.emplace(link.digest, link.manifest_type).second) links.push_back(link);
  }
  return links;
}

/// The walk of one archive, the last of `all`.
class Walk {
 public:
  Walk(Closures& all, const archive::Contents& contents, const ReadLinks& read)
      : all_(all), own_(static_cast<std::uint32_t>(all.size() - 1)), contents_(contents), read_(read) {
    closure_.is_manifest.resize(contents.blobs.size());
    closure_.is_blob.resize(contents.blobs.size());
    is_named_.resize(contents.blobs.size());
  }

  Closure run() {
    check_layout();
    const std::vector<oci::Descriptor> listed = read_indexes();
    for (const oci::Descriptor& descriptor : listed) {
      const Link link = link_to(descriptor);
      if (link.manifest_type.empty())
        fault(link.digest, "listed in index.json as " + in_quotes(descriptor.media_type) + ", which is not a manifest");
      visit(link, std::nullopt);
      while (!stack_.empty()) follow_next();
    }
    compare_needs();
    closure_.unnamed = static_cast<std::size_t>(std::ranges::count(is_named_, false));
    if (closure_.unnamed > 0 && closure_.faults.empty())
      closure_.remarks.push_back(std::to_string(closure_.unnamed) + " of its blobs are not named by any manifest");
    return std::move(closure_);
  }

 private:
  using Place = Closures::Place;

  struct Walked {
    std::string_view media_type;
    std::size_t level = 0;
  };
  struct Level {
    ReachedManifest manifest;
    std::vector<Link> links;
    std::size_t next = 0;
  };

  void fault(std::optional<oci::Digest> digest, std::string what) {
    closure_.faults.push_back({digest, std::move(what)});
  }

  void check_layout() {
    if (contents_.oci_layout.empty()) {
      if (contents_.problems.empty()) closure_.remarks.emplace_back("it has no file oci-layout");
      return;
    }
    try {
      const std::string version = oci::layout_version(contents_.oci_layout);
      if (version != "1.0.0") fault({}, "oci-layout: version " + in_quotes(version) + ", want \"1.0.0\"");
    } catch (const Error& error) {
      fault({}, std::string("oci-layout: ") + error.what());
    }
  }

  /// Returns the manifests that the index.json lists.
  std::vector<oci::Descriptor> read_indexes() {
    if (contents_.index_json.empty()) {
      if (contents_.problems.empty()) fault({}, "it has no index.json");
      return {};
    }
    try {
      oci::Manifest last = oci::Manifest::parse(oci::media_type::oci_index, contents_.index_json);
      const oci::Manifest first = oci::Manifest::parse(oci::media_type::oci_index, contents_.first_index);
      if (const auto problem = difference(first, contents_.first_index, last, contents_.index_json))
        fault({}, *problem);
      if (!first.manifests.empty()) closure_.root = first.manifests.front();
      const std::string_view needs = oci::annotation_of(last.annotations, plan::needs_annotation);
      if (!needs.empty()) closure_.declared_needs = oci::parse_strings(needs);
      closure_.platforms = oci::annotation_of(last.annotations, plan::platforms_annotation);
      const std::string_view left_out = oci::annotation_of(last.annotations, plan::left_out_annotation);
      if (!left_out.empty())
        for (const std::string_view digest : split(left_out, ',')) may_be_left_out_.insert(oci::Digest::parse(digest));
      return std::move(last.manifests);
    } catch (const Error& error) {
      fault({}, std::string("index.json: ") + error.what());
      return {};
    }
  }

  void follow_next() {
    Level& level = stack_.back();
    if (level.next < level.links.size()) {
      const Link link = level.links[level.next++];
      return visit(link, level.manifest.digest);
    }
    closure_.manifests.push_back(level.manifest);
    const std::size_t above = level.manifest.level + 1;
    walked_.at(level.manifest.digest).level = level.manifest.level;
    stack_.pop_back();
    if (!stack_.empty()) raise(stack_.back(), above);
  }

  static void raise(Level& level, std::size_t least) { level.manifest.level = std::max(level.manifest.level, least); }

  void visit(const Link& link, const std::optional<oci::Digest>& by) {
    if (is_over_limit_) return;
    if (link.is_child && may_be_left_out_.contains(link.digest)) {
      closure_.left_out.insert(link.digest);
      return;
    }
    const std::optional<Place> place = find(link, by);
    if (!place) return;
    const archive::Found& found = all_.at(*place);
    if (place->archive == own_) is_named_[place->blob] = true;
    if (place->archive == own_ && link.manifest_type.empty()) closure_.is_blob[place->blob] = true;
    if (found.size != link.size && wrong_sizes_.insert(link.digest).second)
      return fault(link.digest, "listed with " + std::to_string(link.size.count) + " bytes, but has " +
                                    std::to_string(found.size.count));
    if (!link.manifest_type.empty()) enter(link, *place);
  }

  /// Returns the place of the target of `link`, and notes the archive as needed. Notes the target as missing if it has
  /// none.
  std::optional<Place> find(const Link& link, const std::optional<oci::Digest>& by) {
    const Place* first = nullptr;
    const Place* declared = nullptr;
    const auto [begin, end] = all_.places_.equal_range(link.digest);  // in this archive or earlier ones
    for (auto place = begin; place != end; ++place) {
      if (place->archive == own_) return *place;
      if (first == nullptr || place->archive < first->archive) first = &*place;
      const bool is_earlier = declared == nullptr || place->archive < declared->archive;
      if (is_earlier && declares(all_.file(place->archive))) declared = &*place;
    }
    if (first == nullptr) {
      note_missing(link, by);
      return std::nullopt;
    }
    const Place& place = declared == nullptr ? *first : *declared;
    needs_.insert(place.archive);
    return place;
  }

  bool declares(const std::string& file) const {
    return std::ranges::find(closure_.declared_needs, file) != closure_.declared_needs.end();
  }

  void note_missing(const Link& link, const std::optional<oci::Digest>& by) {
    const auto [known, is_new] = missing_.emplace(link.digest, closure_.missing.size());
    if (is_new) {
      closure_.missing.push_back({link.digest, by, link.is_subject, link.size, link.manifest_type});
      check_count();
    } else if (!link.is_subject && closure_.missing[known->second].is_subject) {
      closure_.missing[known->second] = {link.digest, by, false, link.size, link.manifest_type};
    }
  }

  /// Bounds the memory for a small file that decodes to endless lists. Digests do not compress, so their number is
  /// limited by the size of the file.
  void check_count() {
    if (missing_.size() <= 1000 + contents_.size.count / 32) return;
    is_over_limit_ = true;
    fault({}, "names more digests than fit in a file of its size");
  }

  void enter(const Link& link, const Place& place) {
    const auto [known, is_new] = walked_.emplace(link.digest, Walked{link.manifest_type});
    if (!is_new) {
      const Walked& walked = known->second;
      if (walked.media_type != link.manifest_type)
        fault(link.digest,
              "listed as " + std::string(walked.media_type) + " and as " + std::string(link.manifest_type));
      if (!stack_.empty()) raise(stack_.back(), walked.level + 1);
      return;
    }
    if (place.archive != own_ && all_.archives_[place.archive].is_manifest[place.blob]) return;  // walked there
    const archive::Found& found = all_.at(place);
    manifests_size_ += found.size;
    if (found.size > max_manifest)
      return fault(link.digest, "a manifest of " + human(found.size) + ", which is too large");
    if (manifests_size_ > max_manifests) {
      is_over_limit_ = true;
      return fault({}, "has more than " + human(max_manifests) + " of manifests");
    }
    if (place.archive == own_) closure_.is_manifest[place.blob] = true;
    try {
      std::vector<Link> links = read_(place.archive, found, link.manifest_type);
      stack_.push_back(
          {{link.digest, link.manifest_type, found.size, place.archive, found.location}, std::move(links)});
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::corrupt && error.kind() != ErrorKind::bad_input) throw;
      fault(link.digest, error.what());
    }
  }

  void compare_needs() {
    closure_.needs.assign(needs_.begin(), needs_.end());
    if (closure_.declared_needs.empty()) return;  // its writer may not declare any
    for (const std::size_t archive : closure_.needs)
      if (!declares(all_.file(archive)))
        closure_.remarks.push_back("it needs " + all_.file(archive) + ", but its index.json does not say so");
    if (!missing_.empty()) return;  // an archive that was damaged may have had it
    for (const std::string& file : closure_.declared_needs)
      if (const auto archive = find_archive(file); archive && !needs_.contains(*archive))
        closure_.remarks.push_back("its index.json says that it needs " + in_quotes(file) + ", but it does not");
  }

  std::optional<std::size_t> find_archive(const std::string& file) const {
    const auto found = std::ranges::find(all_.archives_, file, &Closures::Archive::file);
    if (found == all_.archives_.end()) return std::nullopt;
    return static_cast<std::size_t>(found - all_.archives_.begin());
  }

  Closures& all_;
  std::uint32_t own_;
  const archive::Contents& contents_;
  const ReadLinks& read_;
  Closure closure_;
  std::vector<Level> stack_;
  std::vector<bool> is_named_;  // of the blobs of this archive
  std::set<std::size_t> needs_;
  std::map<oci::Digest, std::size_t> missing_;  // -> index in closure_.missing
  std::map<oci::Digest, Walked> walked_;        // manifests
  std::set<oci::Digest> wrong_sizes_;
  std::set<oci::Digest> may_be_left_out_;  // as index.json says
  Bytes manifests_size_;
  bool is_over_limit_ = false;
};

Closures::Closures(const plan::HashSeed& seed) : seed_(seed), places_(16, ByDigest{this}, ByDigest{this}) {}

Closure Closures::add(std::string file, const archive::Contents& contents, const ReadLinks& read) {
  const auto number = static_cast<std::uint32_t>(archives_.size());
  archives_.push_back({std::move(file), contents.blobs, {}});
  for (std::uint32_t blob = 0; blob < contents.blobs.size(); ++blob) places_.insert(Place{number, blob});
  Closure closure = Walk(*this, contents, read).run();
  archives_.back().is_manifest = closure.is_manifest;
  return closure;
}

bool Closures::is_shared(const oci::Digest& digest) const {
  const auto [begin, end] = places_.equal_range(digest);
  return begin != end && std::next(begin) != end;
}

std::vector<Closures::Place> Closures::places_of(const oci::Digest& digest) const {
  const auto [begin, end] = places_.equal_range(digest);
  std::vector<Place> places(begin, end);
  std::ranges::sort(places, {}, &Place::archive);
  return places;
}

}  // namespace acedt::closure
