// Planning decides everything about an archive that does not depend on the network: its number, which blobs it stores
// and which it leaves to earlier archives, and the offset of every byte in its tar stream. Rows are planned in list
// order, one at a time, from the dedup set alone; so the result is the same in every run.

#include "serialize/planner.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "acedt/archive/scan.hpp"
#include "acedt/base/error.hpp"
#include "acedt/base/joined_file.hpp"
#include "acedt/base/text.hpp"
#include "acedt/codec/hasher.hpp"
#include "acedt/oci/layout.hpp"
#include "acedt/sync/archive_name.hpp"

namespace acedt::serialize {
namespace {

template <class Contents>
std::set<oci::Digest> digests_of(const Contents& contents) {
  std::set<oci::Digest> digests;
  for (const auto& content : contents) digests.insert(content.digest);
  return digests;
}

/// Throws Error(bad_input) if a rebuilt archive would not store exactly the content that it stored `before`.
void require_same_content(const std::set<oci::Digest>& before, const std::vector<plan::PlacedContent>& contents) {
  if (before == digests_of(contents)) return;
  throw Error(ErrorKind::bad_input,
              "it would not store the same " + std::to_string(before.size()) + " blobs and manifests as before")
      .hint("use the options that it was made with, such as --recursive and --dedup");
}

/// Returns the size of an archive: exact if it is plain. Compression adds less than a hundredth to content that does
/// not compress.
Bytes max_archive_size(Bytes tar_size, codec::Compression compression) {
  constexpr std::uint64_t part = 128;
  constexpr Bytes of_short_files = 1_KiB;
  if (compression == codec::Compression::none) return tar_size;
  return tar_size + Bytes{tar_size.count / part} + of_short_files;
}

}  // namespace

std::optional<std::string> Planner::docker_manifest(const plan::Graph& graph) const {
  if (!options_.manifest_json) return std::nullopt;
  return oci::manifest_json(graph.manifests, options_.platform);
}

/// Returns a name made from everything that the bytes of the archive depend on. So a file that an earlier run left
/// under this name can be resumed.
std::string Planner::partial_file(const std::string& name, const std::vector<plan::Segment>& segments) const {
  codec::Hasher hasher(oci::Algorithm::sha256);
  const auto add = [&](std::string_view text) {
    hasher.update(as_bytes(std::to_string(text.size()) + ':'));
    hasher.update(as_bytes(text));
  };
  add(name);
  add(std::to_string(options_.compression_level.value_or(0)));
  if (options_.split) add("split " + std::to_string(options_.split->count));
  for (const plan::Segment& segment : segments) {
    add(segment.text);
    if (segment.blob != nullptr) add(segment.blob->digest.text() + ' ' + std::to_string(segment.blob->size.count));
  }
  return hasher.finish().hex() + std::string(codec::extension(options_.compression));
}

Decision Planner::decide(const engine::Artifact& artifact) const {
  const sync::LostArchive* const lost = artifact.row.lost.get();
  const std::uint64_t number = lost ? sync::ArchiveName::parse(lost->entry.archive)->number : next_number_;
  const std::set<oci::Digest> stored_before = lost ? digests_of(lost->entry.blobs) : std::set<oci::Digest>{};
  Decision decision{sync::ArchiveName{number, artifact.row.name, options_.compression}.file()};
  std::set<plan::Dedup::Archive> holders;
  for (const auto& [blob, document] : artifact.graph.entries) {
    const bool is_kept = document || stored_before.contains(blob.digest);
    const auto holder = is_kept ? std::nullopt : dedup_.holder(artifact.row.name, blob.digest, blob.size);
    if (holder) holders.insert(*holder);
    decision.stored.push_back(!holder);
  }
  for (const plan::Dedup::Archive holder : holders) decision.needs.push_back(dedup_.file(holder));
  if (lost && !lost->entry.origin->needs.empty()) decision.needs = lost->entry.origin->needs;
  return decision;
}

Planned Planner::plan(std::uint64_t row, engine::Artifact artifact) {
  Decision decision = decide(artifact);
  const std::shared_ptr<const sync::LostArchive> lost = artifact.row.lost;
  Planned planned = plan(row, std::move(artifact), std::move(decision));
  if (lost) {
    require_same_content(digests_of(lost->entry.blobs), planned.archive->contents);
  } else {
    ++next_number_;
  }
  return planned;
}

Planned Planner::plan(std::uint64_t row, engine::Artifact of_row, Decision decision) {
  // Made first, because the segments will point into its artifact.
  auto archive = std::make_shared<PendingArchive>(
      PendingArchive{.row = row, .file = std::move(decision.file), .artifact = std::move(of_row)});
  const auto& [batch_row, root, repository, graph, nodes, platforms] = archive->artifact;
  report::ArtifactResolved summary{.name = batch_row.name,
                                   .archive = archive->file,
                                   .artifact = batch_row.artifact,
                                   .digest = root.digest,
                                   .manifests = graph.manifests.size()};
  if (options_.recursive) summary.referrers = graph.referrers;
  for (std::size_t i = 0; i < graph.entries.size(); ++i) {
    const auto& [blob, document] = graph.entries[i];
    if (document) continue;
    ++(decision.stored[i] ? summary.blobs : summary.shared);
    (decision.stored[i] ? summary.size : summary.shared_size) += blob.size;
  }

  plan::LayoutOptions options{options_.version, std::move(decision.needs), docker_manifest(graph),
                              engine::platforms_of(archive->artifact)};
  plan::Layout layout = plan::lay_out(graph, decision.stored, options);
  archive->needs = std::move(options.needs);
  archive->manifest_json_is_empty = options.manifest_json == "[]";
  archive->segments = std::move(layout.segments);
  archive->contents = std::move(layout.contents);
  archive->parts_left = archive->segments.size();
  archive->partial = partial_file(batch_row.name, archive->segments);
  const Bytes max_size = max_archive_size(layout.size, options_.compression);
  Planned planned{std::move(archive), std::move(decision.stored), layout.size, max_size, {}, 0, std::move(summary)};
  require_few_parts(planned);
  count(planned);
  add(*planned.archive);
  return planned;
}

/// Returns whether an archive of the folder, or one planned before, has this content.
bool Planner::has(const oci::Descriptor& content) const {
  const auto holding = dedup_.find(content.digest, content.size);
  return holding && (holding->location() || (first_ && holding->archive >= *first_));
}

void Planner::require_few_parts(const Planned& planned) const {
  if (count_parts(planned.max_size, options_.split) <= max_parts) return;
  const std::uint64_t least = (planned.max_size.count - 1) / max_parts + 1;
  throw Error(ErrorKind::usage, planned.archive->file + " has up to " + std::to_string(planned.max_size.count) +
                                    " bytes: --split " + std::to_string(options_.split->count) +
                                    " would divide it into more than " + std::to_string(max_parts) + " parts")
      .hint("the smallest size that works for it is --split " + std::to_string(least));
}

/// Counts what is to be fetched. Call before the archive is in the dedup set.
void Planner::count(Planned& planned) const {
  planned.requests = 1;  // which digest the reference has
  for (const auto& [manifest, document] : planned.archive->artifact.graph.entries)
    if (document && !manifest.data && !has(manifest)) ++planned.requests;
  for (const plan::Segment& segment : planned.archive->segments) {
    if (segment.blob == nullptr || has(*segment.blob)) continue;
    ++planned.requests;
    planned.fetch += segment.blob->size;
  }
}

void Planner::add(PendingArchive& archive) {
  archive.archive = dedup_.add_archive(archive.file, archive.artifact.row.name);
  if (!first_) first_ = archive.archive;
  for (const plan::PlacedContent& content : archive.contents)
    dedup_.add(archive.archive, content.digest, content.size, std::nullopt);
}

}  // namespace acedt::serialize
