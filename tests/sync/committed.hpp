#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "acedt/base/file.hpp"
#include "acedt/sync/folder.hpp"
#include "sync/journal.hpp"

#include <doctest/doctest.h>

// What the tests of Folder share.
namespace acedt::testing {

using namespace sync;

inline const std::string tracker_name = "record-keeping.csv";
inline const std::string header = "sync_name,artifact,digest\n";

/// A temporary directory with the sync folder in it; removed by the destructor.
struct SyncScratch {
  SyncScratch() {
    std::string name = (std::filesystem::temp_directory_path() / "acedt-sync-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    root = name;
    folder = root / "sync";
  }
  SyncScratch(const SyncScratch&) = delete;
  SyncScratch& operator=(const SyncScratch&) = delete;
  ~SyncScratch() { std::filesystem::remove_all(root); }

  Folder open() const { return Folder::open(folder, tracker_name); }
  std::string tracker() const { return read_file(folder / tracker_name); }
  std::string ledger() const { return read_file(folder / ".ace-dt" / "ledger"); }
  std::filesystem::path journal() const { return folder / ".ace-dt" / "commit"; }
  std::set<std::string> names(const std::filesystem::path& below = {}) const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder / below)) names.insert(entry.path().filename());
    return names;
  }

  std::filesystem::path root;
  std::filesystem::path folder;
};

inline void write(const std::filesystem::path& path, std::string_view text) {
  File::create(path).append(text);
}

/// Returns an archive whose file has 10 bytes.
inline FinishedArchive archive_of(const std::string& sync_name) {
  const std::string digest = "sha256:" + std::string(64, sync_name[5]);
  return {.row = {.sync_name = sync_name, .artifact = "reg/" + sync_name + ":1", .digest = digest},
          .stored = {.archive = sync_name,
                     .file_size = {10},
                     .blobs = {{.digest = oci::Digest::parse(digest), .size = {5}, .location = {.frame = 5}}}},
          .partial = sync_name};
}

inline std::string row_of(const std::string& sync_name) {
  return tracker_line(archive_of(sync_name).row);
}
inline std::string entry_of(const std::string& sync_name) {
  return ledger_lines(archive_of(sync_name).stored);
}

inline void commit(Folder& folder, const std::vector<std::string>& sync_names) {
  std::vector<FinishedArchive> archives;
  for (const std::string& name : sync_names) {
    write(folder.partial_path(name), "0123456789");
    archives.push_back(archive_of(name));
  }
  folder.commit(archives);
}

/// A folder with one archive, in which a commit of two more was killed after the journal was written.
struct Crashed : SyncScratch {
  Crashed(std::size_t renamed, std::size_t ledger_bytes, std::size_t tracker_bytes) {
    auto made = open();
    commit(made, {"000001-a.tar"});
    const FinishedArchive b = archive_of("000002-b.tar");
    const FinishedArchive c = archive_of("000003-c.tar");
    const Journal under_way = {.ledger_size = {ledger().size()},
                               .tracker_size = {tracker().size()},
                               .tracker_filename = tracker_name,
                               .rows = {b.row, c.row},
                               .archives = {{b.stored, b.partial}, {c.stored, c.partial}}};
    write(journal(), journal_text(under_way));
    for (const std::string name : {"000002-b.tar", "000003-c.tar"})
      write(renamed-- > 0 ? made.archive_path(name) : (renamed = 0, made.partial_path(name)), "0123456789");
    File::open_or_create(folder / ".ace-dt" / "ledger").append(more_ledger.substr(0, ledger_bytes));
    File::open_or_create(folder / tracker_name).append(more_tracker.substr(0, tracker_bytes));
  }

  const std::string more_ledger = entry_of("000002-b.tar") + entry_of("000003-c.tar");
  const std::string more_tracker = row_of("000002-b.tar") + row_of("000003-c.tar");
};

inline std::vector<LedgerEntry> counting(const Folder& folder) {
  std::vector<LedgerEntry> entries;
  folder.each_in_ledger([&](const LedgerEntry& entry, Bytes) { entries.push_back(entry); });
  return entries;
}

inline void check_completed(const Crashed& crashed) {
  const Folder folder = crashed.open();
  CHECK(folder.next_number() == 4);
  CHECK(counting(folder).size() == 3);
  CHECK(folder.unknown_archives().empty());
  CHECK(crashed.names() ==
        std::set<std::string>{".ace-dt", "000001-a.tar", "000002-b.tar", "000003-c.tar", tracker_name});
  CHECK(crashed.names(".ace-dt") == std::set<std::string>{"commit.new", "ledger", "lock", "partial"});
  CHECK(crashed.names(".ace-dt/partial").empty());
  CHECK(crashed.tracker() == header + row_of("000001-a.tar") + crashed.more_tracker);
  CHECK(crashed.ledger() == std::string(ledger_header) + entry_of("000001-a.tar") + crashed.more_ledger);
}

}  // namespace acedt::testing
