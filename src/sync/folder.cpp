#include "acedt/sync/folder.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/sync/archive_name.hpp"
#include "sync/journal.hpp"

namespace acedt::sync {
namespace {

namespace fs = std::filesystem;

/// An archive in the folder.
struct Present {
  Bytes size;
  std::optional<Bytes> entry = {};  ///< where its last one is in the ledger, if that has this size
};

/// By number and name.
using Archives = std::map<std::pair<std::uint64_t, std::string>, Present>;

/// What the file has; made, and known to be writable, where it is not there yet.
std::string text_of(const fs::path& path, const Disk& disk) {
  return File::open_or_create(path, disk).text();
}

/// Puts `text` at `at`, cuts off what stood there, and waits until it is on disk.
void put(const fs::path& path, Bytes at, std::string_view text, const Disk& disk) {
  const File file = File::open_or_create(path, disk);
  file.truncate(at);
  file.write_at(at, as_bytes(text));
  file.sync();
  const bool may_be_new = at == Bytes{};
  if (may_be_new) disk.sync_directory(path.parent_path());
}

Error taken(const fs::path& path) {
  Error error(ErrorKind::storage, path.string() + ": there is already a file of this name");
  error.hint("move it away and run the same command again");
  return error;
}

/// Where there is nothing under `partial`, it has its final name already.
void give_final_name(const fs::path& partial, const fs::path& final_path, const Disk& disk) {
  if (disk.exists(partial) && !disk.rename_new(partial, final_path)) throw taken(final_path);
}

Archives archives_in(const fs::path& directory, const Disk& disk) {
  Archives archives;
  for (const std::string& file : disk.list(directory)) {
    const auto name = ArchiveName::parse(file);
    if (!name) continue;
    const auto status = disk.status(directory / file);
    if (status && status->type == fs::file_type::regular)
      archives.emplace(std::pair(name->number, file), Present{status->size});
  }
  return archives;
}

/// Calls `use` with each whole entry of the ledger and where it begins. Returns where to go on appending.
Bytes read_ledger(const fs::path& path, const Disk& disk,
                  const std::function<void(const LedgerEntry&, Bytes at)>& use) {
  const File file = File::open_or_create(path, disk);
  LedgerParser parser(path.string());
  std::string piece(64 << 10, '\0');
  for (Bytes at;;) {
    const std::size_t size = file.read_at(at, std::as_writable_bytes(std::span(piece)));
    if (size == 0) return parser.whole();
    parser.feed(std::string_view(piece).substr(0, size));
    at += {size};
    const Bytes before = parser.whole();
    for (Bytes begin = before;; begin = parser.whole()) {
      const auto entry = parser.next();
      if (!entry) break;
      use(*entry, std::max(begin, Bytes{ledger_header.size()}));
    }
    if (parser.whole() == before) piece.resize(2 * piece.size());  // an entry is not read over and over again
  }
}

/// Of the entries of archives that are not in the folder, those that count: the archive was carried away. One that is
/// no longer tracked was thrown away: to count on its content would leave a hole.
std::vector<Bytes> carried_away(const std::map<std::string, Bytes>& gone, const Tracker& tracker) {
  std::vector<Bytes> entries;
  if (gone.empty()) return entries;
  std::unordered_set<std::string_view> tracked;
  for (const TrackerRow& row : tracker.rows()) tracked.insert(row.sync_name);
  for (const auto& [archive, at] : gone)
    if (tracked.contains(archive)) entries.push_back(at);
  return entries;
}

/// "process 4711 on HOST", of the one that writes this.
std::string this_process() {
  std::array<char, HOST_NAME_MAX + 1> host{};
  ::gethostname(host.data(), host.size() - 1);
  return "process " + std::to_string(::getpid()) + " on " + host.data();
}

/// The kernel keeps the lock, and ends it with the process; what the file says is for people.
File take_lock(const fs::path& directory, const Disk& disk) {
  File lock = File::open_or_create(directory / ".ace-dt" / "lock", disk);
  if (lock.try_lock() == File::Lock::held) {
    const std::string holder = lock.text();
    throw Error(ErrorKind::locked, directory.string() + ": another process is at work in this folder" +
                                       (holder.empty() ? "" : ": " + std::string(trim(holder))))
        .hint("wait until it is done, or use another folder");
  }
  lock.truncate({});
  lock.append(this_process() + '\n');
  return lock;
}

/// A link that somebody planted could lead what is written out of the folder.
void refuse_links(const fs::path& directory, const Disk& disk) {
  for (const fs::path& own : {directory / ".ace-dt", directory / ".ace-dt" / "partial"}) {
    const auto status = disk.status(own);
    if (!status || status->type != fs::file_type::symlink) continue;
    throw Error(ErrorKind::storage, own.string() + ": is a symbolic link, which is not followed")
        .hint("remove the link; put the sync folder itself where there is room");
  }
}

/// Makes what `journal` says of the ledger fit the ledger as the crash left it.
void fit_to_ledger(Journal& journal, const fs::path& path, const Disk& disk) {
  const Bytes whole = read_ledger(path, disk, [](const LedgerEntry&, Bytes) {});
  journal.ledger_size = std::min(journal.ledger_size, whole);
  if (journal.ledger_size == Bytes{}) journal.ledger_lines.insert(0, ledger_header);
}

/// Makes what `journal` says of the tracker fit the tracker as the crash, or since then the user, left it.
void fit_to_tracker(Journal& journal, const fs::path& path, const Disk& disk) {
  std::string text = text_of(path, disk);
  const std::size_t before = journal.tracker_size.count;
  const bool may_be_torn =
      text.size() >= before && tracker_lines(journal.rows).starts_with(std::string_view(text).substr(before));
  if (may_be_torn) text.resize(before);

  const Tracker tracker = Tracker::parse(text, path.string());
  std::set<std::string_view> there;
  for (const TrackerRow& row : tracker.rows()) there.insert(row.sync_name);
  std::erase_if(journal.rows, [&there](const TrackerRow& row) { return there.contains(row.sync_name); });
  put(path, {text.size()}, tracker.preamble(), disk);
  journal.tracker_size = {text.size() + tracker.preamble().size()};
}

}  // namespace

Folder::Folder(File lock, fs::path directory, std::string tracker_filename, const Disk& disk)
    : lock_(std::move(lock)),
      directory_(std::move(directory)),
      tracker_filename_(std::move(tracker_filename)),
      disk_(&disk) {}

Folder Folder::open(const fs::path& directory, const std::string& tracker_filename, const Disk& disk) {
  if (!is_tracker_filename(tracker_filename))
    throw Error(ErrorKind::usage, "tracker " + in_quotes(tracker_filename) + " is no plain file name that ends in .csv")
        .hint("it lies in the sync folder, and only *.csv may lie there beside the archives: record-keeping.csv");
  refuse_links(directory, disk);
  disk.make_directory(directory / ".ace-dt" / "partial");
  File lock = take_lock(directory, disk);
  Folder folder(std::move(lock), directory, tracker_filename, disk);
  folder.finish_interrupted_commit();
  folder.load();
  return folder;
}

void Folder::load() {
  tracker_ = prepare_tracker();
  Archives archives = archives_in(directory_, *disk_);
  std::map<std::string, Bytes> gone;  // where their last entries are
  ledger_size_ = read_ledger(ledger_path(), *disk_, [&](const LedgerEntry& entry, Bytes at) {
    const auto name = ArchiveName::parse(entry.archive);
    if (!name) return;
    const auto found = archives.find({name->number, entry.archive});
    if (found == archives.end()) {
      gone[entry.archive] = at;
    } else {
      Present& archive = found->second;
      archive.entry = entry.file_size == archive.size ? std::optional(at) : std::nullopt;
    }
  });
  if (ledger_size_ == Bytes{}) {
    put(ledger_path(), {}, ledger_header, *disk_);
    ledger_size_ = {ledger_header.size()};
  }

  const std::uint64_t highest = archives.empty() ? 0 : archives.rbegin()->first.first;
  next_number_ = std::max(tracker_.highest(), highest) + 1;
  ledger_ = carried_away(gone, tracker_);
  unknown_.clear();
  for (const auto& [archive, file] : archives) {
    if (file.entry) {
      ledger_.push_back(*file.entry);
    } else {
      unknown_.push_back(archive.second);
    }
  }
  std::ranges::sort(ledger_);
}

std::optional<Bytes> Folder::room() const {
  std::optional<Bytes> room = disk_->free_space(directory_);
  if (!room) return std::nullopt;
  for (const std::string& file : disk_->list(partial_path("")))
    if (const auto partial = disk_->status(partial_path(file))) *room += partial->space_taken;
  return room;
}

void Folder::remove_partial_archives() const {
  try {
    for (const std::string& file : disk_->list(partial_path(""))) disk_->discard(partial_path(file));
  } catch (const Error&) {
    // They stay: the next run that ends well removes them.
  }
}

Tracker Folder::prepare_tracker() {
  const fs::path path = directory_ / tracker_filename_;
  const std::string text = text_of(path, *disk_);
  Tracker tracker = Tracker::parse(text, path.string());
  if (!tracker.preamble().empty()) put(path, {text.size()}, tracker.preamble(), *disk_);
  tracker_size_ = {text.size() + tracker.preamble().size()};
  return tracker;
}

fs::path Folder::ledger_path() const {
  return directory_ / ".ace-dt" / "ledger";
}
fs::path Folder::journal_path() const {
  return directory_ / ".ace-dt" / "commit";
}
fs::path Folder::archive_path(std::string_view archive) const {
  return directory_ / archive;
}
fs::path Folder::partial_path(std::string_view file) const {
  return directory_ / ".ace-dt" / "partial" / file;
}

void Folder::each_in_ledger(const std::function<void(const LedgerEntry&)>& use) const {
  read_ledger(ledger_path(), *disk_, [&](const LedgerEntry& entry, Bytes at) {
    if (std::binary_search(ledger_.begin(), ledger_.end(), at)) use(entry);
  });
}

void Folder::remember(std::span<const LedgerEntry> entries) {
  finish_interrupted_commit();
  const File file = File::open_or_create(ledger_path(), *disk_);
  file.truncate(ledger_size_);
  Bytes end = ledger_size_;
  for (const LedgerEntry& entry : entries) {
    const std::string lines = ledger_lines(entry);
    file.write_at(end, as_bytes(lines));
    end += {lines.size()};
  }
  file.sync();
  ledger_size_ = end;
}

void Folder::commit(std::span<const FinishedArchive> archives) {
  finish_interrupted_commit();
  if (archives.empty()) return;
  const bool tracker_changed = File::open_or_create(directory_ / tracker_filename_, *disk_).size() != tracker_size_;
  if (tracker_changed) prepare_tracker();

  Journal journal{
      .ledger_size = ledger_size_, .tracker_size = tracker_size_, .tracker_filename = tracker_filename_, .rows = {}};
  std::uint64_t highest = 0;
  std::vector<File> files;  // on their way to the disk, all before the first is waited for
  for (const auto& [row, stored, partial] : archives) {
    const auto name = ArchiveName::parse(row.sync_name);
    if (!name) throw Error(ErrorKind::bad_input, in_quotes(row.sync_name) + " is no name of an archive");
    if (disk_->exists(archive_path(row.sync_name))) throw taken(archive_path(row.sync_name));
    files.push_back(File::open(partial_path(partial), *disk_));
    files.back().start_writing();
    journal.ledger_lines += ledger_lines(stored);
    journal.rows.push_back(row);
    journal.partial.push_back(partial);
    highest = std::max(highest, name->number);
  }
  sync_all(files);
  replace_file(journal_path(), journal_text(journal), *disk_);
  next_number_ = std::max(next_number_, highest + 1);
  give_final_names(journal);
  write_records(journal);
}

void Folder::finish_interrupted_commit() {
  const auto file = File::open_if_there(journal_path(), *disk_);
  if (!file) return;
  auto journal = parse_journal(file->text(), journal_path().string());
  if (!journal) {
    disk_->remove(journal_path());
    return;
  }
  give_final_names(*journal);
  fit_to_ledger(*journal, ledger_path(), *disk_);
  fit_to_tracker(*journal, directory_ / journal->tracker_filename, *disk_);
  write_records(*journal);
}

void Folder::give_final_names(const Journal& journal) const {
  for (std::size_t i = 0; i < journal.rows.size(); ++i) {
    give_final_name(partial_path(journal.partial[i]), archive_path(journal.rows[i].sync_name), *disk_);
  }
  disk_->sync_directory(directory_);
}

void Folder::write_records(const Journal& journal) {
  const std::string rows = tracker_lines(journal.rows);
  put(ledger_path(), journal.ledger_size, journal.ledger_lines, *disk_);
  put(directory_ / journal.tracker_filename, journal.tracker_size, rows, *disk_);
  // To where replace_file() writes the next journal, whose inode it thus is: for each file that is made, ext4 looks at
  // all the inodes that were freed in the last half minute.
  disk_->rename(journal_path(), beside(journal_path()));
  ledger_size_ = journal.ledger_size + Bytes{journal.ledger_lines.size()};
  tracker_size_ = journal.tracker_size + Bytes{rows.size()};
}

}  // namespace acedt::sync
