#include "acedt/list/list.hpp"

#include "acedt/archive/scan.hpp"
#include "acedt/engine/inventory.hpp"
#include "acedt/sync/folder_view.hpp"

namespace acedt::list {

std::vector<Row> rows_of(const std::filesystem::path& directory, const std::string& tracker_filename,
                         const Disk& disk) {
  const sync::FolderView folder = sync::FolderView::read(directory, tracker_filename, disk);
  std::vector<Row> rows;
  for (const sync::KnownArchive& archive : folder.archives()) {
    std::optional<sync::Origin> origin = archive.origin;
    if (!origin && archive.size) origin = engine::origin_in(archive::read_index(folder.path_of(archive), disk));
    Row row{.number = archive.name.number,
            .name = archive.name.name,
            .archive = archive.file,
            .size = archive.size,
            .is_tracked = archive.row.has_value()};
    if (origin) {
      row.reference = origin->artifact;
      row.digest = origin->digest;
      row.needs = origin->needs;
    }
    if (archive.row) row.reference = archive.row->artifact;
    if (archive.row && !archive.row->digest.empty()) row.digest = archive.row->digest;
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace acedt::list
