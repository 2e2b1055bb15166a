#include "acedt/sync/folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <system_error>
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

/// Makes it, and what it lies in, on disk when it returns.
void make_directory(const fs::path& directory) {
  std::error_code ignored;
  if (directory.empty() || fs::is_directory(directory, ignored)) return;
  make_directory(directory.parent_path());
  constexpr mode_t all = 0777;  // less the umask
  if (::mkdir(directory.c_str(), all) != 0 && (errno != EEXIST || !fs::is_directory(directory, ignored)))
    throw_errno("make directory " + directory.string());
  sync_directory(directory.parent_path());
}

/// What the file has; made, and known to be writable, where it is not there yet.
std::string text_of(const fs::path& path) {
  File::open_or_create(path);
  return read_file(path);
}

/// Puts `text` at `at`, cuts off what stood there, and waits until it is on disk.
void put(const fs::path& path, Bytes at, std::string_view text) {
  const File file = File::open_or_create(path);
  file.truncate(at);
  file.write_at(at, as_bytes(text));
  file.sync();
  const bool may_be_new = at == Bytes{};
  if (may_be_new) sync_directory(path.parent_path());
}

void remove_file(const fs::path& path) {
  if (::unlink(path.c_str()) != 0) throw_errno("remove " + path.string());
}

/// A journal that was done. It goes where replace_file() writes the next one, whose inode it thus is: for each file
/// that is made, ext4 looks at all the inodes that were freed in the last half minute.
void put_aside(const fs::path& path) {
  if (std::rename(path.c_str(), beside(path).c_str()) != 0) throw_errno("rename " + path.string());
}

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(path, ignored));
}

Error taken(const fs::path& path) {
  Error error(ErrorKind::storage, path.string() + ": there is already a file of this name");
  error.hint("move it away and run the same command again");
  return error;
}

/// Where there is nothing under `partial`, it has its final name already.
void give_final_name(const fs::path& partial, const fs::path& final_path) {
  if (::renameat2(AT_FDCWD, partial.c_str(), AT_FDCWD, final_path.c_str(), RENAME_NOREPLACE) == 0) return;
  if (errno == ENOENT) return;
  if (errno == EEXIST) throw taken(final_path);
  // A file system that knows no flags; the kernel has looked already whether the name is free.
  if (errno == EINVAL && std::rename(partial.c_str(), final_path.c_str()) == 0) return;
  throw_errno("rename " + partial.string());
}

Archives archives_in(const fs::path& directory) {
  Archives archives;
  try {
    for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
      const std::string file = entry.path().filename().string();
      const auto name = ArchiveName::parse(file);
      std::error_code gone;
      if (!name || !fs::is_regular_file(entry.symlink_status(gone))) continue;
      const Bytes size = {entry.file_size(gone)};
      if (!gone) archives.emplace(std::pair(name->number, file), Present{size});
    }
  } catch (const fs::filesystem_error& error) {
    throw Error(ErrorKind::storage, "list " + directory.string() + ": " + error.code().message());
  }
  return archives;
}

/// Calls `use` with each whole entry of the ledger and where it begins. Returns where to go on appending.
Bytes read_ledger(const fs::path& path, const std::function<void(const LedgerEntry&, Bytes at)>& use) {
  const File file = File::open_or_create(path);
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
File take_lock(const fs::path& directory) {
  const fs::path path = directory / ".ace-dt" / "lock";
  File lock = File::open_or_create(path);
  if (!lock.try_lock()) {
    const std::string holder = read_file(path);
    throw Error(ErrorKind::locked, directory.string() + ": another process is at work in this folder" +
                                       (holder.empty() ? "" : ": " + std::string(trim(holder))))
        .hint("wait until it is done, or use another folder");
  }
  lock.truncate({});
  lock.append(this_process() + '\n');
  return lock;
}

/// A link that somebody planted could lead what is written out of the folder.
void refuse_links(const fs::path& directory) {
  for (const fs::path& own : {directory / ".ace-dt", directory / ".ace-dt" / "partial"}) {
    if (!fs::is_symlink(fs::symlink_status(own))) continue;
    throw Error(ErrorKind::storage, own.string() + ": is a symbolic link, which is not followed")
        .hint("remove the link; put the sync folder itself where there is room");
  }
}

/// Makes what `journal` says of the ledger fit the ledger as the crash left it.
void fit_to_ledger(Journal& journal, const fs::path& path) {
  const Bytes whole = read_ledger(path, [](const LedgerEntry&, Bytes) {});
  journal.ledger_size = std::min(journal.ledger_size, whole);
  if (journal.ledger_size == Bytes{}) journal.ledger_lines.insert(0, ledger_header);
}

/// Makes what `journal` says of the tracker fit the tracker as the crash, or since then the user, left it.
void fit_to_tracker(Journal& journal, const fs::path& path) {
  std::string text = text_of(path);
  const std::size_t before = journal.tracker_size.count;
  const bool may_be_torn =
      text.size() >= before && tracker_lines(journal.rows).starts_with(std::string_view(text).substr(before));
  if (may_be_torn) text.resize(before);

  const Tracker tracker = Tracker::parse(text, path.string());
  std::set<std::string_view> there;
  for (const TrackerRow& row : tracker.rows()) there.insert(row.sync_name);
  std::erase_if(journal.rows, [&there](const TrackerRow& row) { return there.contains(row.sync_name); });
  put(path, {text.size()}, tracker.preamble());
  journal.tracker_size = {text.size() + tracker.preamble().size()};
}

}  // namespace

Folder::Folder(File lock, fs::path directory, std::string tracker_filename)
    : lock_(std::move(lock)), directory_(std::move(directory)), tracker_filename_(std::move(tracker_filename)) {}

Folder Folder::open(const fs::path& directory, const std::string& tracker_filename) {
  if (!is_tracker_filename(tracker_filename))
    throw Error(ErrorKind::usage,
                "tracker " + acedt::quoted(tracker_filename) + " is no plain file name that ends in .csv")
        .hint("it lies in the sync folder, and only *.csv may lie there beside the archives: record-keeping.csv");
  refuse_links(directory);
  make_directory(directory / ".ace-dt" / "partial");
  File lock = take_lock(directory);
  Folder folder(std::move(lock), directory, tracker_filename);
  folder.finish_interrupted_commit();
  folder.load();
  return folder;
}

void Folder::load() {
  tracker_ = prepare_tracker();
  Archives archives = archives_in(directory_);
  std::map<std::string, Bytes> gone;  // where their last entries are
  ledger_size_ = read_ledger(ledger_path(), [&](const LedgerEntry& entry, Bytes at) {
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
    put(ledger_path(), {}, ledger_header);
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

Bytes Folder::room() const {
  Bytes room = free_space(directory_);
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(partial_path(""), ignored)) {
    room += space_taken(entry.path());
  }
  return room;
}

void Folder::remove_partial_archives() const {
  std::error_code ignored;  // they are in nobody's way
  for (const fs::directory_entry& entry : fs::directory_iterator(partial_path(""), ignored)) {
    fs::remove(entry.path(), ignored);
  }
}

Tracker Folder::prepare_tracker() {
  const fs::path path = directory_ / tracker_filename_;
  const std::string text = text_of(path);
  Tracker tracker = Tracker::parse(text, path.string());
  if (!tracker.preamble().empty()) put(path, {text.size()}, tracker.preamble());
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
  read_ledger(ledger_path(), [&](const LedgerEntry& entry, Bytes at) {
    if (std::binary_search(ledger_.begin(), ledger_.end(), at)) use(entry);
  });
}

void Folder::remember(std::span<const LedgerEntry> entries) {
  finish_interrupted_commit();
  const File file = File::open_or_create(ledger_path());
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
  const bool tracker_changed = File::open_or_create(directory_ / tracker_filename_).size() != tracker_size_;
  if (tracker_changed) prepare_tracker();

  Journal journal{
      .ledger_size = ledger_size_, .tracker_size = tracker_size_, .tracker_filename = tracker_filename_, .rows = {}};
  std::uint64_t highest = 0;
  std::vector<File> files;  // on their way to the disk, all before the first is waited for
  for (const auto& [row, stored, partial] : archives) {
    const auto name = ArchiveName::parse(row.sync_name);
    if (!name) throw Error(ErrorKind::bad_input, acedt::quoted(row.sync_name) + " is no name of an archive");
    if (is_there(archive_path(row.sync_name))) throw taken(archive_path(row.sync_name));
    files.push_back(File::open(partial_path(partial)));
    files.back().start_writing();
    journal.ledger_lines += ledger_lines(stored);
    journal.rows.push_back(row);
    journal.partial.push_back(partial);
    highest = std::max(highest, name->number);
  }
  sync_all(files);
  replace_file(journal_path(), journal_text(journal));
  next_number_ = std::max(next_number_, highest + 1);
  give_final_names(journal);
  write_records(journal);
}

void Folder::finish_interrupted_commit() {
  if (!File::open_if_there(journal_path())) return;
  auto journal = parse_journal(read_file(journal_path()), journal_path().string());
  if (!journal) return remove_file(journal_path());
  give_final_names(*journal);
  fit_to_ledger(*journal, ledger_path());
  fit_to_tracker(*journal, directory_ / journal->tracker_filename);
  write_records(*journal);
}

void Folder::give_final_names(const Journal& journal) const {
  for (std::size_t i = 0; i < journal.rows.size(); ++i) {
    give_final_name(partial_path(journal.partial[i]), archive_path(journal.rows[i].sync_name));
  }
  sync_directory(directory_);
}

void Folder::write_records(const Journal& journal) {
  const std::string rows = tracker_lines(journal.rows);
  put(ledger_path(), journal.ledger_size, journal.ledger_lines);
  put(directory_ / journal.tracker_filename, journal.tracker_size, rows);
  put_aside(journal_path());
  ledger_size_ = journal.ledger_size + Bytes{journal.ledger_lines.size()};
  tracker_size_ = journal.tracker_size + Bytes{rows.size()};
}

}  // namespace acedt::sync
