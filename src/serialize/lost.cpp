// An archive is lost if other archives of the folder need it and it is gone or damaged, or if it is tracked and
// damaged. A lost archive becomes a row of the run: it is rebuilt under its own name and number, from the digest that
// it was made from, with the content that the ledger says it had. These rows come before all others, as archives that
// need a lost one have higher numbers.

#include "serialize/lost.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "acedt/archive/scan.hpp"
#include "acedt/base/error.hpp"
#include "acedt/sync/archive_name.hpp"

namespace acedt::serialize {
namespace {

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
                  describe(lost, folder).append(remedy_for_lost) + ": what it was made of is not known");
    if (name.compression != options.compression)
      throw Error(ErrorKind::corrupt, describe(lost, folder) + ": it was made with another --compression")
          .hint("run once with the --compression that its name says, and it is made again");
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

}  // namespace acedt::serialize
