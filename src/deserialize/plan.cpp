// Archives are read several at a time, and planned in the order of their numbers, because each may need earlier ones.
// An archive that is damaged is reported and left out, together with those that need it.

#include "deserialize/plan.hpp"

#include <algorithm>
#include <memory>
#include <numeric>
#include <utility>

#include "acedt/archive/contents.hpp"
#include "acedt/async/in_order.hpp"
#include "acedt/async/runtime.hpp"
#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/closure/closure.hpp"
#include "acedt/closure/pass.hpp"
#include "acedt/codec/hasher.hpp"
#include "acedt/oci/manifest.hpp"
#include "acedt/oci/media_type.hpp"

namespace acedt::deserialize {
namespace {

/// Returns true if `name` is a tag under which cosign finds signatures, attestations or SBOMs of a manifest:
/// ALG-HEX.sig, .att or .sbom.
bool is_cosign_tag(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return false;
  const std::string_view kind = name.substr(dot);
  if (kind != ".sig" && kind != ".att" && kind != ".sbom") return false;
  std::string digest(name.substr(0, dot));
  const std::size_t dash = digest.find('-');
  if (dash == std::string::npos) return false;
  digest[dash] = ':';
  try {
    oci::Digest::parse(digest);
    return true;
  } catch (const Error&) {
    return false;
  }
}

constexpr const char* make_again = "it is not as this program makes archives: make it again where it comes from";

Error damaged(const std::string& what) {
  return Error(ErrorKind::corrupt, what)
      .hint("copy the archive again from where it was made; check it there with `ace-dt mirror verify --full`");
}

/// Throws if the archive cannot be pushed as it is.
void require_sound(const archive::Contents& contents, const closure::Closure& closure) {
  if (!contents.missing_part.empty())
    throw Error(ErrorKind::not_found, contents.missing_part + " is missing")
        .hint("carry all parts of the archive, and put them into one folder");
  if (!contents.problems.empty()) throw damaged(contents.problems.front());
  if (!closure.faults.empty()) {
    const closure::Fault& fault = closure.faults.front();
    throw damaged((fault.digest ? fault.digest->blob_path() + ": " : "") + fault.what);
  }
  if (!closure.root) throw Error(ErrorKind::bad_input, "its index.json lists no manifest").hint(make_again);
}

std::string wanted_by(const closure::Missing& missing) {
  return missing.wanted_by ? "manifest " + missing.wanted_by->text() : "index.json";
}

class Planner {
 public:
  Planner(std::span<const Source> sources, const PlanEvents& events, const Disk& disk)
      : sources_(sources),
        events_(events),
        disk_(disk),
        closures_(acedt::plan::random_seed()),
        plan_of_(sources.size()) {}

  std::vector<ArchivePlan> run() {
    const std::size_t threads = async::processors();
    async::in_order(sources_.size(), threads, 2 * threads, [this](std::size_t i) { return read(i); });
    for (ArchivePlan& plan : plans_)
      for (ArchivePlan::Blob& blob : plan.blobs) blob.is_shared = closures_.is_shared(blob.found.digest);
    for (std::size_t i = 0; i < plans_.size(); ++i)
      for (const oci::Digest& digest : plans_[i].left_out)
        if (const auto other = plan_with(digest); other && other != i) plans_[i].completed_by.insert(*other);
    return std::move(plans_);
  }

 private:
  /// What read() found in an archive, until the archives before it are planned.
  struct Read {
    archive::Contents contents = {};
    closure::Pass pass{false};
    std::optional<Error> failure = {};
  };

  std::function<void()> read(std::size_t i) {
    const auto result = std::make_shared<Read>();
    try {
      result->contents = archive::read_contents(sources_[i].path, disk_, &result->pass);
    } catch (const Error& error) {
      result->failure = error;
    }
    return [this, i, result] { add(i, *result); };
  }

  void add(std::size_t i, const Read& read) {
    const auto links = [&](std::size_t archive, const archive::Found& found, std::string_view media_type) {
      if (archive == i)
        if (auto known = read.pass.links(found.digest, media_type)) return *std::move(known);
      return closure::links_of(media_type, archive::read_blob(sources_[archive].path, found, disk_));
    };
    const closure::Closure closure = closures_.add(sources_[i].file, read.contents, links);
    try {
      if (read.failure) throw Error(*read.failure);
      require_sound(read.contents, closure);
      for (const std::string& warning : read.contents.warnings) events_.warn(sources_[i], warning);
      for (const std::string& remark : closure.remarks) events_.warn(sources_[i], remark);
      plans_.push_back(plan(i, read.contents, closure));
      plan_of_[i] = plans_.size() - 1;
      events_.planned(plans_.back());
    } catch (Error& error) {
      error.add(sources_[i].file);
      events_.failed(sources_[i], error);
    }
  }

  ArchivePlan plan(std::size_t i, const archive::Contents& contents, const closure::Closure& closure) const {
    const Source& source = sources_[i];
    ArchivePlan plan{.file = source.file,
                     .path = source.path,
                     .compression = contents.compression,
                     .artifact = source.destination.artifact,
                     .tag = source.destination.tag,
                     .root = *closure.root};
    for (const closure::ReachedManifest& manifest : closure.manifests) {
      if (manifest.archive != i)
        throw Error(ErrorKind::bad_input, "it does not store the manifest " + manifest.digest.text() + ", and " +
                                              closures_.file(manifest.archive) + " has it only as a blob")
            .hint(make_again);
      plan.manifests.push_back(
          {{std::string(manifest.media_type), manifest.digest, manifest.size}, manifest.location, manifest.level});
    }
    std::ranges::stable_sort(plan.manifests, {}, &ArchivePlan::Manifest::level);
    for (std::size_t blob = 0; blob < contents.blobs.size(); ++blob)
      if (closure.is_blob[blob]) plan.blobs.push_back({contents.blobs[blob]});
    for (const std::size_t archive : closure.needs) {
      if (!plan_of_[archive])
        throw Error(ErrorKind::not_found, "it needs " + sources_[archive].file + ", which cannot be pushed")
            .hint("see what is said about that archive");
      plan.needs.push_back(*plan_of_[archive]);
    }
    plan.left_out = closure.left_out;
    plan.platforms = closure.platforms;
    for (const closure::Missing& missing : closure.missing)
      if (!missing.is_subject)
        plan.elsewhere.push_back(
            {{std::string(missing.manifest_type), missing.digest, missing.size}, wanted_by(missing)});
    plan.sources = oci::Manifest::parse(oci::media_type::oci_index, contents.index_json).manifests;
    add_tags(plan);
    return plan;
  }

  /// Returns the index of the first plan that has `digest`.
  std::optional<std::size_t> plan_with(const oci::Digest& digest) const {
    for (const closure::Closures::Place& place : closures_.places_of(digest))
      if (plan_of_[place.archive]) return plan_of_[place.archive];
    return std::nullopt;
  }

  static void add_tags(ArchivePlan& plan) {
    const auto has = [&](const oci::Digest& digest) {
      const auto of = [](const ArchivePlan::Manifest& one) -> const oci::Digest& { return one.descriptor.digest; };
      return std::ranges::find(plan.manifests, digest, of) != plan.manifests.end();
    };
    if (!has(plan.root.digest)) throw Error(ErrorKind::bad_input, "its root manifest is not in it").hint(make_again);
    for (const oci::Descriptor& manifest : plan.sources) {
      const std::string_view name = oci::annotation_of(manifest.annotations, oci::annotation::ref_name);
      if (is_cosign_tag(name) && has(manifest.digest)) plan.other_tags.push_back({std::string(name), manifest.digest});
    }
  }

  std::span<const Source> sources_;
  const PlanEvents& events_;
  const Disk& disk_;
  closure::Closures closures_;
  std::vector<std::optional<std::size_t>> plan_of_;  // for each source, its index in plans_; unset if it failed
  std::vector<ArchivePlan> plans_;
};

}  // namespace

std::vector<std::string> read_manifests(const Content& content, std::span<const ArchivePlan::Manifest> manifests) {
  std::vector<std::size_t> order(manifests.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {},
                    [&](std::size_t i) { return std::pair(manifests[i].location.frame, manifests[i].location.skip); });
  std::vector<std::string> texts(manifests.size());
  const std::shared_ptr<Cursor> cursor = content.cursor();
  for (const std::size_t i : order) {
    const oci::Descriptor& descriptor = manifests[i].descriptor;
    texts[i] = read_whole({descriptor.digest, descriptor.size, manifests[i].location}, *cursor);
    const oci::Digest got = codec::digest_of(descriptor.digest.algorithm(), as_bytes(texts[i]));
    if (got != descriptor.digest)
      throw Error(ErrorKind::corrupt, descriptor.digest.blob_path() + " has the digest " + got.text())
          .hint("copy the archive again from where it was made; check it there with `ace-dt mirror verify --full`");
  }
  return texts;
}

bool is_of_later(const ArchivePlan& plan, const std::string& tag, const oci::Digest& digest) {
  const auto last = plan.tags->find({tag, digest});
  return last != plan.tags->end() && last->second > plan.place;
}

Bytes size_of(const ArchivePlan& plan) {
  Bytes size;
  for (const ArchivePlan::Manifest& manifest : plan.manifests) size += manifest.descriptor.size;
  for (const ArchivePlan::Blob& blob : plan.blobs) size += blob.found.size;
  return size;
}

std::vector<ArchivePlan> plan_archives(std::span<const Source> sources, const PlanEvents& events, const Disk& disk) {
  return Planner(sources, events, disk).run();
}

}  // namespace acedt::deserialize
