// Planning decides everything about an archive that does not depend on the network: its number, which blobs it stores
// and which it leaves to earlier archives, and the offset of every byte in its tar stream. Rows are planned in list
// order, one at a time, from the dedup set alone; so the result is the same in every run.
//
// An archive is lost if other archives of the folder need it and it is gone or damaged, or if it is tracked and
// damaged. A lost archive becomes a row of the run: it is rebuilt under its own name and number, from the digest that
// it was made from, with the content that the ledger says it had. These rows come before all others, as archives that
// need a lost one have higher numbers.

#include "serialize/planner.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "acedt/archive/scan.hpp"
#include "acedt/base/error.hpp"
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

bool has_all_its_content(const sync::LostArchive& lost, const sync::Folder& folder) {
  const archive::Scan scan = archive::scan(folder.archive_path(lost.entry.archive), folder.disk());
  std::set<oci::Digest> found;
  for (const archive::Found& content : scan.contents) found.insert(content.digest);
  const auto is_there = [&](const sync::StoredBlob& blob) { return found.contains(blob.digest); };
  return scan.problems.empty() && std::ranges::all_of(lost.entry.blobs, is_there);
}

/// Returns what the archive was made from, by the ledger or else the tracker; unset if neither knows.
std::optional<sync::Origin> origin_of(const sync::LostArchive& lost, const sync::Folder& folder) {
  if (lost.entry.origin) return lost.entry.origin;
  const auto& rows = folder.tracker().rows();
  const auto row = std::ranges::find(rows, lost.entry.archive, &sync::TrackerRow::sync_name);
  if (row == rows.end() || row->digest.empty()) return std::nullopt;
  return sync::Origin{row->artifact, row->digest, {}};
}

/// Returns a row for each archive to rebuild, in the order of their numbers.
std::vector<sync::BatchRow> rows_for_lost(const sync::Folder& folder, const Options& options) {
  std::vector<sync::BatchRow> rows;
  for (sync::LostArchive& lost : folder.lost_archives()) {
    if (lost.is_there && has_all_its_content(lost, folder)) continue;
    lost.entry.origin = origin_of(lost, folder);
    const sync::ArchiveName name = *sync::ArchiveName::parse(lost.entry.archive);
    if (!lost.entry.origin)
      throw Error(ErrorKind::corrupt,
                  describe(lost, folder).append(remedy_for_lost) + ": it is unknown what it was made from");
    if (name.compression != options.compression)
      throw Error(ErrorKind::corrupt, describe(lost, folder) + ": it was made with another --compression")
          .hint("run once with the --compression that its name indicates: it is then rebuilt");
    std::string artifact = lost.entry.origin->artifact;
    rows.push_back({name.name, std::move(artifact), 0, std::make_shared<sync::LostArchive>(std::move(lost))});
  }
  return rows;
}

}  // namespace

std::string describe(const sync::LostArchive& lost, const sync::Folder& folder) {
  std::string text = folder.archive_path(lost.entry.archive).string() + (lost.is_there ? " is damaged" : " is gone");
  for (const std::string& dependent : lost.needed_by)
    text.append(&dependent == &lost.needed_by.front() ? ", though it is needed by " : ", ").append(dependent);
  return text;
}

void put_lost_first(std::vector<sync::BatchRow>& rows, const sync::Folder& folder, const Options& options) {
  std::vector<sync::BatchRow> first = rows_for_lost(folder, options);
  if (first.empty()) return;
  std::set<std::pair<std::string, std::string>> made_again;
  for (const sync::BatchRow& row : first) made_again.emplace(row.name, row.artifact);
  std::erase_if(rows, [&](const sync::BatchRow& row) { return made_again.contains({row.name, row.artifact}); });
  rows.insert(rows.begin(), std::move_iterator(first.begin()), std::move_iterator(first.end()));
}

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
