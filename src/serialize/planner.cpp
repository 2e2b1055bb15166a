// Planning decides everything about an archive that does not depend on the network: its number, which blobs it stores
// and which it leaves to earlier archives, and the offset of every byte in its tar stream. Rows are planned in list
// order, one at a time, from the dedup set alone; so the result is the same in every run.

#include "serialize/planner.hpp"

#include <set>
#include <utility>

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
              "it would not store the " + std::to_string(before.size()) + " blobs and manifests that it stored before")
      .hint("give the options that it was made with, such as --recursive and --dedup");
}

}  // namespace

std::optional<std::string> Planner::docker_manifest(const plan::Graph& graph) const {
  if (!options_.manifest_json) return std::nullopt;
  return oci::manifest_json(graph.manifests, oci::native_platform());
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
  for (const plan::Segment& segment : segments) {
    add(segment.text);
    if (segment.blob != nullptr) add(segment.blob->digest.text() + ' ' + std::to_string(segment.blob->size.count));
  }
  return hasher.finish().hex() + std::string(codec::extension(options_.compression));
}

Planner::Planned Planner::plan(std::uint64_t row, engine::Artifact of_row) {
  const sync::LostArchive* const lost = of_row.row.lost.get();
  const std::uint64_t number = lost ? sync::ArchiveName::parse(lost->entry.archive)->number : next_number_;
  const sync::ArchiveName name{number, of_row.row.name, options_.compression};
  const std::set<oci::Digest> stored_before = lost ? digests_of(lost->entry.blobs) : std::set<oci::Digest>{};
  // Made first, because the segments will point into its artifact.
  auto archive =
      std::make_shared<PendingArchive>(PendingArchive{.row = row, .file = name.file(), .artifact = std::move(of_row)});
  const engine::Artifact& artifact = archive->artifact;
  report::ArtifactResolved summary{.name = name.name,
                                   .archive = archive->file,
                                   .artifact = artifact.row.artifact,
                                   .digest = artifact.root.digest,
                                   .manifests = artifact.graph.manifests.size()};
  if (options_.recursive) summary.referrers = artifact.graph.referrers;
  std::set<plan::Dedup::Archive> holders;
  const auto store = [&](const oci::Descriptor& blob) {
    auto holder = dedup_.holder(artifact.row.name, blob.digest, blob.size);
    if (stored_before.contains(blob.digest)) holder.reset();
    if (holder) holders.insert(*holder);
    ++(holder ? summary.shared : summary.blobs);
    (holder ? summary.shared_size : summary.size) += blob.size;
    return !holder;
  };
  std::vector<bool> stored;
  for (const plan::Entry& entry : artifact.graph.entries) stored.push_back(entry.document || store(entry.descriptor));

  plan::LayoutOptions options{options_.version, {}, docker_manifest(artifact.graph)};
  for (const plan::Dedup::Archive holder : holders) options.needs.push_back(dedup_.file(holder));
  if (lost && !lost->entry.origin->needs.empty()) options.needs = lost->entry.origin->needs;
  plan::Layout layout = plan::lay_out(artifact.graph, stored, options);
  if (lost) require_same_content(stored_before, layout.contents);
  archive->needs = std::move(options.needs);
  archive->manifest_json_is_empty = options.manifest_json == "[]";

  archive->archive = dedup_.add_archive(archive->file, name.name);
  for (const plan::PlacedContent& content : layout.contents)
    dedup_.add(archive->archive, content.digest, content.size, std::nullopt);
  archive->segments = std::move(layout.segments);
  archive->contents = std::move(layout.contents);
  archive->parts_left = archive->segments.size();
  archive->partial = partial_file(name.name, archive->segments);
  const auto path = folder_.partial_path(archive->partial);
  archive->writer = compressor_ != nullptr ? compressor_->next(path, layout.size)
                                           : archive::plain_writer(path, layout.size, folder_.disk());
  if (!lost) ++next_number_;
  return {std::move(archive), std::move(summary)};
}

}  // namespace acedt::serialize
