#include "acedt/sync/folder.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <functional>
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

TEST_CASE("a tracked archive whose size changed is lost, and a commit that may replace it does") {
  const SyncScratch scratch;
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

TEST_CASE("wherever a crash ends a commit, a damaged archive is not taken for the one that was to replace it") {
  bool has_ended = false;
  for (int calls = 0; !has_ended; ++calls) {
    CAPTURE(calls);
    const SyncScratch scratch;
    {
      auto folder = scratch.open();
      commit(folder, {"000001-a.tar"});
    }
    const fs::path archive = scratch.folder / "000001-a.tar";
    write(archive, "damaged 10");  // of the same size
    bool is_committing = false;
    int left = calls;  // the disk fails from this call on
    const testing::FaultyDisk disk(
        [&](Disk::Call, const fs::path&, int) { return is_committing && left-- <= 0 ? EIO : 0; });
    {
      auto folder = Folder::open(scratch.folder, tracker_name, disk);
      folder.suspect("000001-a.tar");
      FinishedArchive again = archive_of("000001-a.tar");
      again.replaces = again.is_tracked = true;
      write(folder.partial_path("000001-a.tar"), "0123456789");
      is_committing = true;
      try {
        folder.commit({&again, 1});
        has_ended = left >= 0;
      } catch (const Error&) {
        CHECK(left < 0);
      }
    }
    const bool has_journal = fs::exists(scratch.journal());
    for (const std::string& file : scratch.names(".ace-dt/partial"))
      fs::remove(scratch.folder / ".ace-dt/partial" / file);
    const Folder folder = scratch.open();
    const std::string text = read_file(archive);
    if (text == "damaged 10") {
      CHECK_FALSE(has_journal);  // nothing has happened yet
    } else {
      CHECK((text == "0123456789") == folder.lost_archives().empty());
    }
  }
  CHECK(has_ended);
}

TEST_CASE("a final name that is taken is refused before anything is changed") {
  const SyncScratch scratch;
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
          }) == path.string() + ": a file of this name already exists");
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
  const SyncScratch scratch;
  auto folder = scratch.open();
  write(folder.partial_path("000001-a.tar"), "012345678");
  CHECK(failure(ErrorKind::storage, [&] {
          folder.commit(std::vector{archive_of("000001-a.tar")});
        }).find(folder.archive_path("000001-a.tar").string() + ": the finished archive is gone") == 0);
  CHECK_FALSE(fs::exists(scratch.journal()));
  CHECK(scratch.tracker() == header);
}

TEST_CASE("the names in partial/ are on disk before the journal that refers to them is written") {
  const SyncScratch scratch;
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

TEST_CASE("an archive that does not exist, or whose name is invalid, cannot be committed") {
  const SyncScratch scratch;
  auto folder = scratch.open();
  const std::string missing =
      failure(ErrorKind::storage, [&] { folder.commit(std::vector{archive_of("000001-a.tar")}); });
  CHECK(missing.find(folder.partial_path("000001-a.tar").string()) != std::string::npos);
  FinishedArchive outside = archive_of("000001-a.tar");
  outside.row.sync_name = "000001-../../x.tar";
  CHECK(failure(ErrorKind::bad_input, [&] {
          folder.commit({&outside, 1});
        }).find("is not the name") != std::string::npos);
  CHECK_FALSE(fs::exists(scratch.journal()));
}

TEST_CASE("a tracker without final newline or without header gets rows on lines of their own") {
  const SyncScratch scratch;
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
  const SyncScratch scratch;
  auto folder = scratch.open();
  File::open_or_create(scratch.folder / tracker_name).append("000009-x.tar,x,d");
  commit(folder, {"000010-a.tar"});
  CHECK(scratch.tracker() == header + "000009-x.tar,x,d\n" + row_of("000010-a.tar"));
  fs::remove(scratch.folder / tracker_name);
  commit(folder, {"000011-b.tar"});
  CHECK(scratch.tracker() == header + row_of("000011-b.tar"));
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

TEST_CASE("if partial files of a commit were removed, the next run makes the archives without final names again") {
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
  const SyncScratch scratch;
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

TEST_CASE("a ledger that was lost before an interrupted commit is completed starts again") {
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
           sizes + entry + row + "parts 1 b.tar\nend\n",
           sizes + entry + row + "parts 1000 b.tar\nend\n",
           sizes + entry + row + "parts x b.tar\nend\n",
           sizes + entry + row + "parts 2\nend\n",
       }) {
    CAPTURE(bad);
    CHECK_FALSE(parse_journal("ace-dt commit 4\n" + bad, "commit"));
  }
  for (const std::string version : {"2", "3", "4"}) {
    const auto whole =
        parse_journal("ace-dt commit " + version + "\n" + sizes + entry + row + "b.tar\nend\n", "commit");
    REQUIRE(whole);
    CHECK(whole->tracker_size == Bytes{2});
    CHECK(whole->rows.size() == 1);
    REQUIRE(whole->archives.size() == 1);
    CHECK(whole->archives[0].partial == "b.tar");
    CHECK_FALSE(whole->archives[0].replaces);
  }
  const auto replacing = parse_journal("ace-dt commit 4\n" + sizes + entry + row + "replace b.tar\nend\n", "commit");
  REQUIRE(replacing);
  CHECK(replacing->archives[0].partial == "b.tar");
  CHECK(replacing->archives[0].replaces);
  CHECK(replacing->archives[0].parts == 0);
  const auto in_parts =
      parse_journal("ace-dt commit 4\n" + sizes + entry + row + "parts 999 replace b.tar\nend\n", "commit");
  REQUIRE(in_parts);
  CHECK(in_parts->archives[0].parts == 999);
  CHECK(in_parts->archives[0].replaces);
  CHECK(parse_journal(journal_text(*in_parts), "commit")->archives[0].parts == 999);
  CHECK(failure(ErrorKind::bad_input, [] { parse_journal("ace-dt commit 5\n", "x/commit"); }) ==
        "x/commit: version \"5\" of the journal is unknown: only 2, 3 and 4 are known");
}

TEST_CASE("an archive that cannot be synced is removed, as its bytes may be readable without being on disk") {
  const SyncScratch scratch;
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
  const SyncScratch scratch;
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
