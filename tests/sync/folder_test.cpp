#include "acedt/sync/folder.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <string>
#include <vector>

#include "acedt/base/error.hpp"
#include "support/failure.hpp"
#include "support/faulty_disk.hpp"
#include "sync/committed.hpp"

using namespace acedt;
using namespace acedt::testing;
namespace fs = std::filesystem;

TEST_CASE("a sync folder is created with its parents, and is empty except for the tracker's header") {
  const SyncScratch scratch;
  const Folder folder = Folder::open(scratch.folder / "deep" / "er", tracker_name);
  CHECK(folder.next_number() == 1);
  CHECK(counting(folder).empty());
  CHECK(folder.unknown_archives().empty());
  CHECK(read_file(scratch.folder / "deep" / "er" / tracker_name) == header);
  CHECK(fs::is_directory(scratch.folder / "deep" / "er" / ".ace-dt" / "partial"));
}

TEST_CASE("a committed archive has its final name and is in ledger and tracker") {
  const SyncScratch scratch;
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
  const SyncScratch scratch;
  {
    const Folder first = scratch.open();
    CHECK(failure(ErrorKind::locked, [&] { scratch.open(); })
              .starts_with(scratch.folder.string() + ": another process is using this folder: process " +
                           std::to_string(::getpid()) + " on "));
  }
  CHECK(scratch.open().next_number() == 1);
}

TEST_CASE("the tracker is a file in the folder or in a sub-folder") {
  const SyncScratch scratch;
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
  const SyncScratch scratch;
  CHECK(Folder::open(scratch.folder, "done.csv").warnings().empty());
  const Folder folder = Folder::open(scratch.folder, "done.CSV");
  REQUIRE(folder.warnings().size() == 1);
  CHECK(folder.warnings()[0].find("batch-deserialize will stop at the tracker done.CSV") != std::string::npos);
}

TEST_CASE("a file system without locks gives a warning and is used") {
  const SyncScratch scratch;
  const testing::FaultyDisk disk(testing::FaultyDisk::always(Disk::Call::lock, ENOLCK));
  const Folder folder = Folder::open(scratch.folder, tracker_name, disk);
  REQUIRE(folder.warnings().size() == 1);
  CHECK(folder.warnings()[0].find(scratch.folder.string() + ": the file system does not support locks") == 0);
}

TEST_CASE("numbers continue from the highest in the tracker and among the archives, without partial ones") {
  const SyncScratch scratch;
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
  const SyncScratch scratch;
  {
    auto folder = scratch.open();
    commit(folder, {"000007-a.tar"});
  }
  fs::remove(scratch.folder / "000007-a.tar");
  fs::remove(scratch.folder / tracker_name);
  CHECK(scratch.open().next_number() == 8);
}

TEST_CASE("numbers that leave no room for later ones are invalid") {
  const SyncScratch scratch;
  { scratch.open(); }
  write(scratch.folder / "18446744073709551614-x.tar", "");
  write(scratch.folder / "1000000000-x.tar", "");
  CHECK(scratch.open().next_number() == 1);
  for (const char* number : {"18446744073709551614", "18446744073709551615", "18446744073709551616", "1000000000"}) {
    write(scratch.folder / tracker_name, header + number + "-x.tar,x,d\n");
    CHECK(failure(ErrorKind::usage, [&] { scratch.open(); }) ==
          (scratch.folder / tracker_name).string() + ":2: \"" + number + "-x.tar\" is not the name of an archive");
  }
}

TEST_CASE("archives without a ledger entry are unknown until remembered, in the order of their numbers") {
  const SyncScratch scratch;
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
  const SyncScratch scratch;
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
  const SyncScratch scratch;
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
  const SyncScratch scratch;
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
  const SyncScratch scratch;
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

TEST_CASE("a ledger of version 1 is continued in version 2") {
  const SyncScratch scratch;
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
  const SyncScratch scratch;
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

TEST_CASE("a name that the file system refuses is reported before an archive is created") {
  const SyncScratch scratch;
  const Folder folder = scratch.open();
  folder.require_name("000001-tools.tar");
  folder.require_name("000001-tools # é.tar");
  CHECK(failure(ErrorKind::storage, [&] {
          folder.require_name("000001-" + std::string(250, 'x') + ".tar");
        }).find("the file system rejects the name \"000001-x") == 0);
  CHECK(scratch.names(".ace-dt/partial").empty());
}

TEST_CASE("foreign files are left alone") {
  const SyncScratch scratch;
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
  const SyncScratch scratch;
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
  const SyncScratch scratch;
  { scratch.open(); }
  fs::create_symlink("/dev/zero", scratch.folder / "000007-a.tar");
  const auto folder = scratch.open();
  CHECK(folder.unknown_archives().empty());
}

TEST_CASE("a file that is in the way is named") {
  const SyncScratch scratch;
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
