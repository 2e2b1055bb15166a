#include "acedt/sync/folder.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "acedt/base/error.hpp"
#include "support/failure.hpp"
#include "support/faulty_disk.hpp"
#include "sync/journal.hpp"

using namespace acedt;
using namespace acedt::sync;
using testing::failure;
namespace fs = std::filesystem;

namespace {

const std::string tracker_name = "record-keeping.csv";
const std::string header = "sync_name,artifact,digest\n";

/// A temporary directory with the sync folder in it; removed by the destructor.
struct Scratch {
  Scratch() {
    std::string name = (fs::temp_directory_path() / "acedt-sync-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    root = name;
    folder = root / "sync";
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { fs::remove_all(root); }

  Folder open() const { return Folder::open(folder, tracker_name); }
  std::string tracker() const { return read_file(folder / tracker_name); }
  std::string ledger() const { return read_file(folder / ".ace-dt" / "ledger"); }
  fs::path journal() const { return folder / ".ace-dt" / "commit"; }
  std::set<std::string> names(const fs::path& below = {}) const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder / below)) names.insert(entry.path().filename());
    return names;
  }

  fs::path root;
  fs::path folder;
};

void write(const fs::path& path, std::string_view text) {
  File::create(path).append(text);
}

/// Returns an archive whose file has 10 bytes.
FinishedArchive archive_of(const std::string& sync_name) {
  const std::string digest = "sha256:" + std::string(64, sync_name[5]);
  return {.row = {.sync_name = sync_name, .artifact = "reg/" + sync_name + ":1", .digest = digest},
          .stored = {.archive = sync_name,
                     .file_size = {10},
                     .blobs = {{.digest = oci::Digest::parse(digest), .size = {5}, .location = {.frame = 5}}}},
          .partial = sync_name};
}

std::string row_of(const std::string& sync_name) {
  return tracker_line(archive_of(sync_name).row);
}
std::string entry_of(const std::string& sync_name) {
  return ledger_lines(archive_of(sync_name).stored);
}

void commit(Folder& folder, const std::vector<std::string>& sync_names) {
  std::vector<FinishedArchive> archives;
  for (const std::string& name : sync_names) {
    write(folder.partial_path(name), "0123456789");
    archives.push_back(archive_of(name));
  }
  folder.commit(archives);
}

/// A folder with one archive, in which a commit of two more was killed after the journal was written.
struct Crashed : Scratch {
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

std::vector<LedgerEntry> counting(const Folder& folder) {
  std::vector<LedgerEntry> entries;
  folder.each_in_ledger([&](const LedgerEntry& entry) { entries.push_back(entry); });
  return entries;
}

void check_completed(const Crashed& crashed) {
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

}  // namespace

TEST_CASE("a sync folder is created with its parents, and is empty except for the tracker's header") {
  const Scratch scratch;
  const Folder folder = Folder::open(scratch.folder / "deep" / "er", tracker_name);
  CHECK(folder.next_number() == 1);
  CHECK(counting(folder).empty());
  CHECK(folder.unknown_archives().empty());
  CHECK(read_file(scratch.folder / "deep" / "er" / tracker_name) == header);
  CHECK(fs::is_directory(scratch.folder / "deep" / "er" / ".ace-dt" / "partial"));
}

TEST_CASE("a committed archive has its final name and is in ledger and tracker") {
  const Scratch scratch;
  {
    auto folder = scratch.open();
    commit(folder, {"000001-a.tar", "000002-my-x.tar.zst"});
    CHECK(folder.next_number() == 3);
    commit(folder, {"000003-b.tar"});
    commit(folder, {});
  }
  CHECK(scratch.names() ==
        std::set<std::string>{".ace-dt", "000001-a.tar", "000002-my-x.tar.zst", "000003-b.tar", tracker_name});
  CHECK(scratch.tracker() == header + row_of("000001-a.tar") + row_of("000002-my-x.tar.zst") + row_of("000003-b.tar"));
  const Folder again = scratch.open();
  CHECK(again.tracker().has("my-x", "reg/000002-my-x.tar.zst:1"));
  REQUIRE(counting(again).size() == 3);
  CHECK(counting(again)[1] == archive_of("000002-my-x.tar.zst").stored);
  CHECK(again.unknown_archives().empty());
  CHECK(again.next_number() == 4);
}

TEST_CASE("a folder is used by one process at a time") {
  const Scratch scratch;
  {
    const Folder first = scratch.open();
    CHECK(failure(ErrorKind::locked, [&] { scratch.open(); })
              .starts_with(scratch.folder.string() + ": another process is at work in this folder: process " +
                           std::to_string(::getpid()) + " on "));
  }
  CHECK(scratch.open().next_number() == 1);
}

TEST_CASE("the tracker is a file in the folder or in a sub-folder") {
  const Scratch scratch;
  for (const std::string& bad :
       std::vector<std::string>{"", "../x.csv", "/tmp/x.csv", "a//b.csv", "a/", "./x.csv", "a\nb.csv", ".ace-dt/ledger",
                                "000001-a.tar", std::string("a\0b.csv", 7)}) {
    CAPTURE(bad);
    CHECK(failure(ErrorKind::usage, [&] { Folder::open(scratch.folder, bad); }).find("tracker \"") == 0);
  }
  CHECK_FALSE(fs::exists(scratch.folder));
  const auto no_folder = [&] { Folder::open(scratch.folder, "lists/done.txt"); };
  CHECK(failure(ErrorKind::usage, no_folder).find("there is no folder " + (scratch.folder / "lists").string()) !=
        std::string::npos);
  fs::create_directory_symlink("/tmp", scratch.folder / "lists");
  CHECK(failure(ErrorKind::usage, no_folder).find("there is no folder ") != std::string::npos);
  fs::remove(scratch.folder / "lists");
  fs::create_directories(scratch.folder / "lists");
  {
    Folder folder = Folder::open(scratch.folder, "lists/done.txt");
    CHECK(folder.warnings().empty());
    commit(folder, {"000001-a.tar"});
  }
  CHECK(read_file(scratch.folder / "lists/done.txt") == header + row_of("000001-a.tar"));
}

TEST_CASE("a tracker at which the reference's batch-deserialize would stop gives a warning") {
  const Scratch scratch;
  CHECK(Folder::open(scratch.folder, "done.csv").warnings().empty());
  const Folder folder = Folder::open(scratch.folder, "done.CSV");
  REQUIRE(folder.warnings().size() == 1);
  CHECK(folder.warnings()[0].find("batch-deserialize will stop at the tracker done.CSV") != std::string::npos);
}

TEST_CASE("a file system without locks gives a warning and is used") {
  const Scratch scratch;
  const testing::FaultyDisk disk(testing::FaultyDisk::always(Disk::Call::lock, ENOLCK));
  const Folder folder = Folder::open(scratch.folder, tracker_name, disk);
  REQUIRE(folder.warnings().size() == 1);
  CHECK(folder.warnings()[0].find(scratch.folder.string() + ": the file system has no locks") == 0);
}

TEST_CASE("numbers continue from the highest in the tracker and among the archives, without partial ones") {
  const Scratch scratch;
  { scratch.open(); }
  write(scratch.folder / ".ace-dt" / "partial" / "000099-p.tar", "");
  write(scratch.folder / tracker_name, header + "000007-a.tar,x,d\n000002-b.tar,y,d\n");
  CHECK(scratch.open().next_number() == 8);
  write(scratch.folder / "000012-c.tar.gz", "");
  CHECK(scratch.open().next_number() == 13);
  write(scratch.folder / "000050-d.tar.sha256", "");
  fs::create_directory(scratch.folder / "000060-e.tar");
  CHECK(scratch.open().next_number() == 13);
}

TEST_CASE("a number that was committed is never used again, even if everything was deleted") {
  const Scratch scratch;
  {
    auto folder = scratch.open();
    commit(folder, {"000007-a.tar"});
  }
  fs::remove(scratch.folder / "000007-a.tar");
  fs::remove(scratch.folder / tracker_name);
  CHECK(scratch.open().next_number() == 8);
}

TEST_CASE("numbers that leave no room for later ones are invalid") {
  const Scratch scratch;
  { scratch.open(); }
  write(scratch.folder / "18446744073709551614-x.tar", "");
  write(scratch.folder / "1000000000-x.tar", "");
  CHECK(scratch.open().next_number() == 1);
  for (const char* number : {"18446744073709551614", "18446744073709551615", "18446744073709551616", "1000000000"}) {
    write(scratch.folder / tracker_name, header + number + "-x.tar,x,d\n");
    CHECK(failure(ErrorKind::usage, [&] { scratch.open(); }) ==
          (scratch.folder / tracker_name).string() + ":2: \"" + number + "-x.tar\" is no name of an archive");
  }
}

TEST_CASE("archives without a ledger entry are unknown until remembered, in the order of their numbers") {
  const Scratch scratch;
  { scratch.open(); }
  for (const char* name : {"1000000-c.tar", "000002-b.tar", "999999-a.tar"}) write(scratch.folder / name, "0123456789");
  {
    auto folder = scratch.open();
    CHECK(folder.unknown_archives() == std::vector<std::string>{"000002-b.tar", "999999-a.tar", "1000000-c.tar"});
    folder.remember(std::vector{archive_of("000002-b.tar").stored, archive_of("999999-a.tar").stored});
    folder.remember(std::vector{archive_of("1000000-c.tar").stored});
  }
  const Folder folder = scratch.open();
  CHECK(folder.unknown_archives().empty());
  CHECK(counting(folder).size() == 3);
}

TEST_CASE("a later entry for an archive replaces the earlier one") {
  const Scratch scratch;
  LedgerEntry again = archive_of("000001-a.tar").stored;
  again.file_size = {7};
  {
    auto folder = scratch.open();
    commit(folder, {"000001-a.tar", "000002-b.tar"});
    write(folder.archive_path("000001-a.tar"), "changed");
    folder.remember(std::vector{again});
  }
  CHECK(counting(scratch.open()) == std::vector{archive_of("000002-b.tar").stored, again});
}

TEST_CASE("ledger entries count for archives that are unchanged or were carried away") {
  const Scratch scratch;
  {
    auto folder = scratch.open();
    commit(folder, {"000001-a.tar", "000002-b.tar", "000003-c.tar"});
  }
  fs::remove(scratch.folder / "000001-a.tar");
  write(scratch.folder / "000002-b.tar", "changed");
  const Folder folder = scratch.open();
  CHECK(counting(folder) == std::vector{archive_of("000001-a.tar").stored, archive_of("000003-c.tar").stored});
  CHECK(folder.unknown_archives() == std::vector<std::string>{"000002-b.tar"});
}

TEST_CASE("an archive that is gone together with its tracker row no longer counts") {
  const Scratch scratch;
  {
    auto folder = scratch.open();
    commit(folder, {"000001-a.tar", "000002-b.tar"});
  }
  fs::remove(scratch.folder / "000001-a.tar");
  fs::remove(scratch.folder / "000002-b.tar");
  write(scratch.folder / tracker_name, header + row_of("000002-b.tar"));
  const Folder folder = scratch.open();
  CHECK(counting(folder) == std::vector{archive_of("000002-b.tar").stored});
}

TEST_CASE("an archive that is gone with its row is lost if an archive that counts needs it, directly or not") {
  const Scratch scratch;
  {
    auto folder = scratch.open();
    const std::vector<std::pair<std::string, std::vector<std::string>>> needs = {
        {"000001-a.tar", {}}, {"000002-b.tar", {"000001-a.tar"}}, {"000003-c.tar", {"000002-b.tar"}},
        {"000004-d.tar", {}}, {"000005-e.tar", {"000004-d.tar"}},
    };
    std::vector<FinishedArchive> archives;
    for (const auto& [name, needed] : needs) {
      write(folder.partial_path(name), "0123456789");
      archives.push_back(archive_of(name));
      archives.back().stored.origin = {.artifact = "reg/x:1", .digest = "sha256:1", .needs = needed};
    }
    folder.commit(archives);
    CHECK(folder.lost_archives().empty());
  }
  for (const char* name : {"000001-a.tar", "000002-b.tar", "000004-d.tar", "000005-e.tar"})
    fs::remove(scratch.folder / name);
  write(scratch.folder / tracker_name, header + row_of("000003-c.tar"));
  const auto lost = scratch.open().lost_archives();
  REQUIRE(lost.size() == 2);
  CHECK(lost[0].entry.archive == "000001-a.tar");
  CHECK(lost[0].needed_by == std::vector<std::string>{"000002-b.tar"});
  CHECK(lost[1].entry.archive == "000002-b.tar");
  CHECK(lost[1].entry.origin->artifact == "reg/x:1");
  CHECK_FALSE(lost[1].is_there);
}

TEST_CASE("a tracked archive whose size changed is lost, and a commit that may replace it does") {
  const Scratch scratch;
  {
    auto folder = scratch.open();
    commit(folder, {"000001-a.tar"});
  }
  write(scratch.folder / "000001-a.tar", "");
  auto folder = scratch.open();
  const auto lost = folder.lost_archives();
  REQUIRE(lost.size() == 1);
  CHECK(lost[0].is_there);
  CHECK(lost[0].is_tracked);
  FinishedArchive again = archive_of("000001-a.tar");
  again.replaces = again.is_tracked = true;
  write(folder.partial_path("000001-a.tar"), "0123456789");
  folder.commit({&again, 1});
  CHECK(read_file(scratch.folder / "000001-a.tar") == "0123456789");
  CHECK(scratch.tracker() == header + row_of("000001-a.tar"));
  folder.reload();
  CHECK(folder.lost_archives().empty());
}

TEST_CASE("a ledger of version 1 is continued in version 2") {
  const Scratch scratch;
  {
    auto folder = scratch.open();
    commit(folder, {"000001-a.tar"});
  }
  write(scratch.folder / ".ace-dt/ledger", std::string(ledger_header_1) + entry_of("000001-a.tar"));
  auto folder = scratch.open();
  commit(folder, {"000002-b.tar"});
  CHECK(scratch.ledger() == std::string(ledger_header) + entry_of("000001-a.tar") + entry_of("000002-b.tar"));
}

TEST_CASE("a missing ledger makes all archives unknown, and a torn one is repaired") {
  const Scratch scratch;
  {
    auto folder = scratch.open();
    commit(folder, {"000001-a.tar"});
  }
  const std::string whole = scratch.ledger();
  File::open_or_create(scratch.folder / ".ace-dt" / "ledger").append("archive 10 \"000002-b.tar\"\nblob sha");
  {
    auto folder = scratch.open();
    CHECK(counting(folder).size() == 1);
    commit(folder, {"000002-b.tar"});
    CHECK(scratch.ledger() == whole + entry_of("000002-b.tar"));
  }
  fs::remove(scratch.folder / ".ace-dt" / "ledger");
  CHECK(scratch.open().unknown_archives() == std::vector<std::string>{"000001-a.tar", "000002-b.tar"});
}

TEST_CASE("a final name that is taken is refused before anything is changed") {
  const Scratch scratch;
  auto folder = scratch.open();
  const std::vector<std::function<void(const fs::path&)>> ways_to_take = {
      [](const fs::path& path) { write(path, "mine"); },
      [](const fs::path& path) { fs::create_directory(path); },
      [](const fs::path& path) { fs::create_symlink("nowhere", path); },
  };
  for (const auto& take : ways_to_take) {
    const fs::path path = folder.archive_path("000002-b.tar");
    take(path);
    CHECK(failure(ErrorKind::storage, [&] {
            commit(folder, {"000001-a.tar", "000002-b.tar"});
          }) == path.string() + ": there is already a file of this name");
    CHECK(scratch.names() == std::set<std::string>{".ace-dt", "000002-b.tar", tracker_name});
    CHECK_FALSE(fs::exists(scratch.journal()));
    CHECK(scratch.tracker() == header);
    CHECK(folder.next_number() == 1);
    fs::remove(path);
  }
  commit(folder, {"000001-a.tar", "000002-b.tar"});
  CHECK(scratch.tracker() == header + row_of("000001-a.tar") + row_of("000002-b.tar"));
}

TEST_CASE("a partial file whose size differs from the archive's cannot be committed") {
  const Scratch scratch;
  auto folder = scratch.open();
  write(folder.partial_path("000001-a.tar"), "012345678");
  CHECK(failure(ErrorKind::storage, [&] {
          folder.commit(std::vector{archive_of("000001-a.tar")});
        }).find(folder.archive_path("000001-a.tar").string() + ": the finished archive is gone") == 0);
  CHECK_FALSE(fs::exists(scratch.journal()));
  CHECK(scratch.tracker() == header);
}

TEST_CASE("the names in partial/ are on disk before the journal that refers to them is written") {
  const Scratch scratch;
  std::vector<fs::path> synced;
  const testing::FaultyDisk disk([&](Disk::Call call, const fs::path& path, int) {
    if (call == Disk::Call::sync_directory || (call == Disk::Call::rename && path.filename() == "commit.new"))
      synced.push_back(path.lexically_normal());
    return 0;
  });
  auto folder = Folder::open(scratch.folder, tracker_name, disk);
  synced.clear();
  commit(folder, {"000001-a.tar"});
  REQUIRE(synced.size() >= 2);
  CHECK(synced[0] == folder.partial_path("").lexically_normal());
  CHECK(synced[1].filename() == "commit.new");
}

TEST_CASE("a name that the file system refuses is reported before an archive is created") {
  const Scratch scratch;
  const Folder folder = scratch.open();
  folder.require_name("000001-tools.tar");
  folder.require_name("000001-tools # é.tar");
  CHECK(failure(ErrorKind::storage, [&] {
          folder.require_name("000001-" + std::string(250, 'x') + ".tar");
        }).find("the file system does not take the name \"000001-x") == 0);
  CHECK(scratch.names(".ace-dt/partial").empty());
}

TEST_CASE("an archive that does not exist, or whose name is invalid, cannot be committed") {
  const Scratch scratch;
  auto folder = scratch.open();
  const std::string missing =
      failure(ErrorKind::storage, [&] { folder.commit(std::vector{archive_of("000001-a.tar")}); });
  CHECK(missing.find(folder.partial_path("000001-a.tar").string()) != std::string::npos);
  FinishedArchive outside = archive_of("000001-a.tar");
  outside.row.sync_name = "000001-../../x.tar";
  CHECK(failure(ErrorKind::bad_input, [&] { folder.commit({&outside, 1}); }).find("is no name") != std::string::npos);
  CHECK_FALSE(fs::exists(scratch.journal()));
}

TEST_CASE("a tracker without final newline or without header gets rows on lines of their own") {
  const Scratch scratch;
  { scratch.open(); }
  for (const std::string& text : std::vector<std::string>{"000001-x.tar,x,d", header + "000001-x.tar,x,d"}) {
    write(scratch.folder / tracker_name, text);
    auto folder = scratch.open();
    commit(folder, {"000002-b.tar"});
    CHECK(scratch.tracker() == text + "\n" + row_of("000002-b.tar"));
    fs::remove(folder.archive_path("000002-b.tar"));
  }
}

TEST_CASE("changes of the tracker by the user during a run are respected") {
  const Scratch scratch;
  auto folder = scratch.open();
  File::open_or_create(scratch.folder / tracker_name).append("000009-x.tar,x,d");
  commit(folder, {"000010-a.tar"});
  CHECK(scratch.tracker() == header + "000009-x.tar,x,d\n" + row_of("000010-a.tar"));
  fs::remove(scratch.folder / tracker_name);
  commit(folder, {"000011-b.tar"});
  CHECK(scratch.tracker() == header + row_of("000011-b.tar"));
}

TEST_CASE("foreign files are left alone") {
  const Scratch scratch;
  fs::create_directories(scratch.folder / "sub");
  for (const char* name : {"README", "successful-syncs.csv", "1-x.tar", ".hidden", "sub/000009-x.tar"})
    write(scratch.folder / name, "theirs");
  auto folder = scratch.open();
  CHECK(folder.unknown_archives().empty());
  CHECK(folder.next_number() == 1);
  commit(folder, {"000001-a.tar"});
  for (const char* name : {"README", "successful-syncs.csv", "1-x.tar", ".hidden", "sub/000009-x.tar"})
    CHECK(read_file(scratch.folder / name) == "theirs");
}

TEST_CASE("planted symbolic links are not followed") {
  const Scratch scratch;
  fs::create_directories(scratch.root / "elsewhere");
  const auto refused = [&](const fs::path& link, const fs::path& target) {
    fs::create_directories((scratch.folder / link).parent_path());
    fs::create_symlink(target, scratch.folder / link);
    const std::string problem = failure(ErrorKind::storage, [&] {
      auto folder = scratch.open();
      commit(folder, {"000001-a.tar"});
    });
    CHECK(problem == (scratch.folder / link).string() + ": is a symbolic link, which is not followed");
    CHECK(fs::is_empty(scratch.root / "elsewhere"));
    fs::remove_all(scratch.folder);
  };
  refused(".ace-dt", scratch.root / "elsewhere");
  refused(".ace-dt/partial", scratch.root / "elsewhere");
  for (const char* file : {".ace-dt/lock", ".ace-dt/ledger", tracker_name.c_str()})
    refused(file, scratch.root / "elsewhere" / "file");
}

TEST_CASE("a symbolic link does not count as an archive") {
  const Scratch scratch;
  { scratch.open(); }
  fs::create_symlink("/dev/zero", scratch.folder / "000007-a.tar");
  const auto folder = scratch.open();
  CHECK(folder.unknown_archives().empty());
}

TEST_CASE("a file that is in the way is named") {
  const Scratch scratch;
  const auto problem = [&] { return failure(ErrorKind::storage, [&] { scratch.open(); }); };
  write(scratch.folder, "a file");
  CHECK(problem().find(scratch.folder.string()) != std::string::npos);
  fs::remove(scratch.folder);
  for (const char* below : {tracker_name.c_str(), ".ace-dt/ledger", ".ace-dt/lock"}) {
    fs::create_directories(scratch.folder / below);
    CHECK(problem().find((scratch.folder / below).string()) != std::string::npos);
    fs::remove_all(scratch.folder);
  }
  { scratch.open(); }
  write(scratch.folder / tracker_name, "esc.tar,x,d\n");
  CHECK(failure(ErrorKind::usage, [&] { scratch.open(); }).find((scratch.folder / tracker_name).string()) == 0);
}

TEST_CASE("a commit that a crash interrupted after the last rename is completed") {
  check_completed(Crashed(2, 0, 0));
}

TEST_CASE(
    "of an interrupted commit, an archive whose rename a power cut undid gets its name if a later one has its own") {
  const Crashed crashed(2, 0, 0);
  fs::rename(crashed.folder / "000002-b.tar", crashed.folder / ".ace-dt/partial/000002-b.tar");
  check_completed(crashed);
}

TEST_CASE("a commit that a crash interrupted within the ledger is completed") {
  const std::size_t all = Crashed(0, 0, 0).more_ledger.size();
  for (std::size_t cut = 1; cut <= all; cut += 5) check_completed(Crashed(2, cut, 0));
}

TEST_CASE("a commit that a crash interrupted within the tracker is completed") {
  const Crashed any(0, 0, 0);
  for (std::size_t cut = 1; cut <= any.more_tracker.size(); cut += 5)
    check_completed(Crashed(2, any.more_ledger.size(), cut));
  check_completed(Crashed(2, any.more_ledger.size(), any.more_tracker.size()));
}

TEST_CASE("an archive that was carried away before an interrupted commit is completed stays away") {
  const Crashed crashed(2, 0, 0);
  fs::remove(crashed.folder / "000002-b.tar");
  const Folder folder = crashed.open();
  CHECK(folder.tracker().highest() == 3);
  CHECK(counting(folder).size() == 3);
  CHECK(folder.unknown_archives().empty());
  CHECK_FALSE(fs::exists(crashed.folder / "000002-b.tar"));
}

TEST_CASE("archives of an interrupted commit without final names stay partial, as they may have changed since") {
  const Crashed crashed(1, 0, 0);
  const Folder folder = crashed.open();
  CHECK(crashed.tracker() == header + row_of("000001-a.tar") + row_of("000002-b.tar"));
  CHECK(crashed.names(".ace-dt/partial") == std::set<std::string>{"000003-c.tar"});
  CHECK_FALSE(fs::exists(crashed.folder / "000003-c.tar"));
  CHECK(folder.next_number() == 3);
  CHECK(counting(folder).size() == 2);
  CHECK_FALSE(fs::exists(crashed.journal()));
}

TEST_CASE("if partial files of a commit were removed, the next run makes the archives without final names anew") {
  for (const std::size_t renamed : {0U, 1U}) {
    CAPTURE(renamed);
    const Crashed crashed(renamed, 0, 0);
    for (const std::string& file : crashed.names(".ace-dt/partial"))
      fs::remove(crashed.folder / ".ace-dt/partial" / file);
    const std::string of_b = renamed == 0 ? "" : row_of("000002-b.tar");
    const Folder folder = crashed.open();
    CHECK(crashed.tracker() == header + row_of("000001-a.tar") + of_b);
    CHECK(folder.next_number() == 2 + renamed);
    CHECK(counting(folder).size() == 1 + renamed);
    CHECK_FALSE(fs::exists(crashed.journal()));
  }
}

TEST_CASE("a file of another size under the final name does not prove that an archive got it") {
  const Crashed crashed(1, 0, 0);
  fs::remove(crashed.folder / ".ace-dt/partial/000003-c.tar");
  write(crashed.folder / "000003-c.tar", "theirs");
  crashed.open();
  CHECK(crashed.tracker() == header + row_of("000001-a.tar") + row_of("000002-b.tar"));
}

TEST_CASE("a final name that the file system refuses ends the commit before it, and does not block the next run") {
  const Scratch scratch;
  const testing::FaultyDisk disk([](Disk::Call call, const fs::path& path, int) {
    return call == Disk::Call::rename_new && path.filename() == "000002-b.tar" ? ENAMETOOLONG : 0;
  });
  {
    auto folder = Folder::open(scratch.folder, tracker_name, disk);
    CHECK(failure(ErrorKind::storage, [&] {
            commit(folder, {"000001-a.tar", "000002-b.tar"});
          }).find("000002-b.tar") != std::string::npos);
  }
  CHECK(scratch.tracker() == header + row_of("000001-a.tar"));
  const Folder folder = Folder::open(scratch.folder, tracker_name, disk);
  CHECK(folder.next_number() == 2);
  CHECK(scratch.names(".ace-dt/partial") == std::set<std::string>{"000002-b.tar"});  // to be resumed
}

TEST_CASE("zeros that a power cut left at the end of the tracker are replaced by the rows of the journal") {
  const Crashed any(0, 0, 0);
  for (const std::size_t cut : {std::size_t{0}, std::size_t{7}, any.more_tracker.size()}) {
    const Crashed crashed(2, any.more_ledger.size(), cut);
    File::open_or_create(crashed.folder / tracker_name).append(std::string(any.more_tracker.size() - cut + 1, '\0'));
    check_completed(crashed);
  }
}

TEST_CASE("a tracker that was edited before an interrupted commit is completed gets only the missing rows") {
  const Crashed any(0, 0, 0);
  const std::string b = row_of("000002-b.tar");
  const std::string c = row_of("000003-c.tar");
  const struct {
    std::string edited;
    std::string completed;
  } table[] = {
      {"", header + b + c},
      {header, header + b + c},
      {"000001-a.tar,x,d", "000001-a.tar,x,d\n" + b + c},
      {header + b, header + b + c},
      {header + c + b, header + c + b},
      {header + "000001-a.tar,x,d\n000003-c.tar,other,d\n", header + "000001-a.tar,x,d\n000003-c.tar,other,d\n" + b},
      {header + row_of("000001-a.tar") + b + c + "000009-x.tar,x,d\n",
       header + row_of("000001-a.tar") + b + c + "000009-x.tar,x,d\n"},
  };
  for (const auto& [edited, completed] : table) {
    const Crashed crashed(2, any.more_ledger.size(), any.more_tracker.size());
    write(crashed.folder / tracker_name, edited);
    crashed.open();
    CHECK(crashed.tracker() == completed);
  }
}

TEST_CASE("a ledger that was lost before an interrupted commit is completed is started anew") {
  const Crashed crashed(2, 0, 0);
  fs::remove(crashed.folder / ".ace-dt" / "ledger");
  const Folder folder = crashed.open();
  CHECK(crashed.ledger() == std::string(ledger_header) + crashed.more_ledger);
  CHECK(folder.unknown_archives() == std::vector<std::string>{"000001-a.tar"});
}

TEST_CASE("an interrupted commit is completed in its own tracker, even if another tracker is used now") {
  const Crashed crashed(2, 0, 0);
  const Folder folder = Folder::open(crashed.folder, "other.csv");
  CHECK(folder.tracker().rows().empty());
  CHECK(folder.next_number() == 4);
  CHECK(crashed.tracker() == header + row_of("000001-a.tar") + crashed.more_tracker);
}

TEST_CASE("a commit whose journal is torn was not started, and is dropped") {
  const std::string journal = read_file(Crashed(0, 0, 0).journal());
  for (std::size_t cut = 0; cut < journal.size(); ++cut) REQUIRE_FALSE(parse_journal(journal.substr(0, cut), "commit"));
  for (const std::string& torn :
       std::vector<std::string>{"", journal.substr(0, 3), journal.substr(0, journal.size() / 2),
                                journal.substr(0, journal.size() - 1), std::string(journal.size(), '\0')}) {
    const Crashed crashed(0, 0, 0);
    write(crashed.journal(), torn);
    const Folder folder = crashed.open();
    CHECK(folder.next_number() == 2);
    CHECK(crashed.names() == std::set<std::string>{".ace-dt", "000001-a.tar", tracker_name});
    CHECK(crashed.names(".ace-dt/partial").size() == 2);  // to be resumed
    CHECK(crashed.tracker() == header + row_of("000001-a.tar"));
    CHECK(crashed.ledger() == std::string(ledger_header) + entry_of("000001-a.tar"));
    CHECK_FALSE(fs::exists(crashed.journal()));
  }
}

TEST_CASE("an invalid journal is ignored, and a journal of another version is refused") {
  const std::string entry = "archive 10 \"000002-b.tar\"\nend 0\n";
  const std::string sizes = "ledger 1 32\ntracker 2 16 t.csv\n";
  const std::string row = "000002-b.tar,x,\n";
  REQUIRE(entry.size() == 32);
  for (const std::string& bad : std::vector<std::string>{
           sizes + entry + row + "b.tar\nend\n\n",
           "ledger 1 33\ntracker 2 16 t.csv\n" + entry + row + "b.tar\nend\n",
           "ledger 1 32\ntracker 2 17 t.csv\n" + entry + row + "b.tar\nend\n",
           "ledger 1 18446744073709551615\ntracker 2 17 t.csv\n" + entry + row + "b.tar\nend\n",
           "ledger 1 32\ntracker 2 16 ../t.csv\n" + entry + row + "b.tar\nend\n",
           "ledger 1 32\ntracker 2 16 000001-t.tar\n" + entry + row + "b.tar\nend\n",
           "ledger x 32\ntracker 2 16 t.csv\n" + entry + row + "b.tar\nend\n",
           "ledger 1\ntracker 2 16 t.csv\n" + entry + row + "b.tar\nend\n",
           "tracker 2 16 t.csv\nledger 1 32\n" + entry + row + "b.tar\nend\n",
           sizes + "archive 10 \"../002-b.tar\"\nend 0\n" + row + "b.tar\nend\n",
           sizes + entry + row + "end\n",
           sizes + entry + row + "../b.tar\nend\n",
           sizes + entry + row + "b.tar\nc.tar\nend\n",
       }) {
    CAPTURE(bad);
    CHECK_FALSE(parse_journal("ace-dt commit 3\n" + bad, "commit"));
  }
  for (const std::string version : {"2", "3"}) {
    const auto whole =
        parse_journal("ace-dt commit " + version + "\n" + sizes + entry + row + "b.tar\nend\n", "commit");
    REQUIRE(whole);
    CHECK(whole->tracker_size == Bytes{2});
    CHECK(whole->rows.size() == 1);
    REQUIRE(whole->archives.size() == 1);
    CHECK(whole->archives[0].partial == "b.tar");
    CHECK_FALSE(whole->archives[0].replaces);
  }
  const auto replacing = parse_journal("ace-dt commit 3\n" + sizes + entry + row + "replace b.tar\nend\n", "commit");
  REQUIRE(replacing);
  CHECK(replacing->archives[0].partial == "b.tar");
  CHECK(replacing->archives[0].replaces);
  CHECK(failure(ErrorKind::bad_input, [] { parse_journal("ace-dt commit 4\n", "x/commit"); }) ==
        "x/commit: version \"4\" of the journal is not known, only 2 and 3 are");
}

TEST_CASE("an archive that cannot be synced is removed, as its bytes may be readable without being on disk") {
  const Scratch scratch;
  const testing::FaultyDisk disk([](Disk::Call call, const fs::path& path, int) {
    return call == Disk::Call::sync && path.filename() == "000002-b.tar" ? EIO : 0;
  });
  auto folder = Folder::open(scratch.folder, tracker_name, disk);
  for (const char* record : {"000001-a.tar.written", "000002-b.tar.written", "000002-b.tar.frames"})
    write(folder.partial_path(record), "x");
  const std::string text = failure(ErrorKind::storage, [&] { commit(folder, {"000001-a.tar", "000002-b.tar"}); });
  CHECK(text == "sync " + folder.partial_path("000002-b.tar").string() + ": Input/output error");
  CHECK(scratch.names(".ace-dt/partial") == std::set<std::string>{"000001-a.tar", "000001-a.tar.written"});
  CHECK(scratch.tracker() == header);
}

TEST_CASE("after a disk error in the middle of a commit, the next commit completes it first") {
  const Scratch scratch;
  auto folder = scratch.open();
  const fs::path ledger = scratch.folder / ".ace-dt" / "ledger";
  fs::remove(ledger);
  fs::create_directory(ledger);
  CHECK(failure(ErrorKind::storage, [&] { commit(folder, {"000001-a.tar"}); }).find(ledger.string()) !=
        std::string::npos);
  fs::remove(ledger);
  commit(folder, {"000002-b.tar"});
  CHECK(scratch.tracker() == header + row_of("000001-a.tar") + row_of("000002-b.tar"));
  CHECK(scratch.ledger() == std::string(ledger_header) + entry_of("000001-a.tar") + entry_of("000002-b.tar"));
}
