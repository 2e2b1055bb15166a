#include "acedt/sync/folder_view.hpp"

#include <map>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/base/file.hpp"
#include "acedt/base/text.hpp"
#include "sync/folder_files.hpp"
#include "sync/journal.hpp"

namespace acedt::sync {

FolderView FolderView::read(const std::filesystem::path& directory, const std::string& tracker_filename,
                            const Disk& disk) {
  const auto status = disk.status(directory);
  if (!status || status->type != std::filesystem::file_type::directory)
    throw Error(ErrorKind::usage, "no such folder: " + directory.string()).hint("name the folder with the archives");
  if (!is_tracker_filename(tracker_filename))
    throw Error(ErrorKind::usage,
                "tracker " + in_quotes(tracker_filename) + " is not the name of a file in the sync folder")
        .hint("name a file in it or in a sub-folder, such as record-keeping.csv");

  std::map<std::pair<std::uint64_t, std::string>, KnownArchive> known;
  for (auto& [key, archive] : archive_files(directory, disk)) {
    const auto& [number, file] = key;
    KnownArchive found{*ArchiveName::parse(file), file};
    found.problems = std::move(archive.problems);
    if (!archive.conflict.empty()) found.problems.push_back(archive.conflict);
    if (found.problems.empty()) found.size = archive.size;
    known.emplace(key, std::move(found));
  }
  const std::filesystem::path tracker_path = directory / tracker_filename;
  if (const auto file = File::open_if_there(tracker_path, disk)) {
    const Tracker tracker = Tracker::parse(file->text(), tracker_path.string());
    for (const TrackerRow& row : tracker.rows()) {
      const ArchiveName name = *ArchiveName::parse_tracked(row.sync_name);
      KnownArchive archive{name, row.sync_name};
      known.try_emplace({name.number, row.sync_name}, std::move(archive)).first->second.row = row;
    }
  }
  FolderView view;
  view.directory_ = directory;
  view.disk_ = &disk;
  view.each_in_ledger([&](const LedgerEntry& entry) {
    const auto name = ArchiveName::parse(entry.archive);
    const auto found = name ? known.find({name->number, entry.archive}) : known.end();
    if (found == known.end()) return;
    found->second.origin = entry.origin;
    found->second.recorded_size = entry.file_size;
  });
  for (auto& [key, archive] : known) view.archives_.push_back(std::move(archive));
  return view;
}

void FolderView::each_in_ledger(const std::function<void(const LedgerEntry&)>& use) const {
  if (const auto file = File::open_if_there(ledger_in(directory_), *disk_))
    read_ledger(*file, [&](const LedgerEntry& entry, Bytes) { use(entry); });
}

}  // namespace acedt::sync
