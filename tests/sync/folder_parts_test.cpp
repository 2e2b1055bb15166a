// Archives in parts: how they are committed, and what a crash, a lost part or a file beside them leads to.

#include <doctest/doctest.h>

#include <cerrno>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "acedt/base/error.hpp"
#include "acedt/base/joined_file.hpp"
#include "acedt/sync/folder.hpp"
#include "acedt/sync/folder_view.hpp"
#include "support/failure.hpp"
#include "support/faulty_disk.hpp"
#include "sync/committed.hpp"

using namespace acedt;
using namespace acedt::testing;
namespace fs = std::filesystem;

namespace {

const std::string archive = "000001-a.tar";
const std::string content = "0123456789";
using Files = std::map<std::string, std::string>;
const Files whole = {{archive, content}};
const Files in_parts = {{archive + ".001", "0123"}, {archive + ".002", "4567"}, {archive + ".003", "89"}};

/// Returns the files whose names begin with that of the archive, and their contents.
Files files_in(const fs::path& directory) {
  Files files;
  for (const auto& entry : fs::directory_iterator(directory))
    if (entry.path().filename().string().starts_with(archive))
      files.emplace(entry.path().filename(), read_file(entry.path()));
  return files;
}

void put_files(const fs::path& directory, const Files& files) {
  for (const auto& [name, text] : files) write(directory / name, text);
}

void commit_files(Folder& folder, const Files& files, bool replaces = false) {
  put_files(folder.partial_path(""), files);
  FinishedArchive one = archive_of(archive);
  one.replaces = one.is_tracked = replaces;
  folder.commit({&one, 1});
}

bool is_lost(const Folder& folder) {
  const auto lost = folder.lost_archives();
  return !lost.empty() && lost[0].entry.archive == archive && lost[0].is_there;
}

/// Commits on a disk that fails at call `n` of the commit, and from then on if `is_dead`. Returns whether the commit
/// ended before that call.
bool commit_failing_at(const SyncScratch& scratch, int n, bool is_dead, const Files& files, bool replaces) {
  bool is_committing = false;
  int asked = 0;
  const FaultyDisk disk([&](Disk::Call, const fs::path&, int) {
    if (!is_committing) return 0;
    const int number = asked++;
    return number == n || (is_dead && number > n) ? EIO : 0;
  });
  auto folder = Folder::open(scratch.folder, tracker_name, disk);
  if (replaces) folder.suspect(archive);
  put_files(folder.partial_path(""), files);
  FinishedArchive one = archive_of(archive);
  one.replaces = one.is_tracked = replaces;
  is_committing = true;
  try {
    folder.commit({&one, 1});
  } catch (const Error&) {
  }
  return asked <= n;
}

}  // namespace

TEST_CASE("an archive in parts is committed under the names of its parts, and recorded under its own") {
  const SyncScratch scratch;
  auto folder = scratch.open();
  commit_files(folder, in_parts);
  CHECK(files_in(scratch.folder) == in_parts);
  CHECK(scratch.names(".ace-dt/partial").empty());
  CHECK(scratch.tracker() == header + row_of(archive));
  folder.reload();
  CHECK(counting(folder).size() == 1);
  CHECK(folder.unknown_archives().empty());
  CHECK(folder.next_number() == 2);
}

TEST_CASE("the first part gets its name last, so that an archive is not half there") {
  const SyncScratch scratch;
  std::vector<std::string> renamed;
  const FaultyDisk disk([&](Disk::Call call, const fs::path& path, int) {
    if (call == Disk::Call::rename_new) renamed.push_back(path.filename());
    return 0;
  });
  auto folder = Folder::open(scratch.folder, tracker_name, disk);
  commit_files(folder, in_parts);
  CHECK(renamed == std::vector{archive + ".002", archive + ".003", archive + ".001"});
}

TEST_CASE("wherever a crash or a failure ends a commit, an archive in parts is there whole, or not at all") {
  for (const bool is_dead : {true, false}) {
    bool has_ended = false;
    for (int n = 0; !has_ended; ++n) {
      CAPTURE(n);
      CAPTURE(is_dead);
      const SyncScratch scratch;
      scratch.open();
      has_ended = commit_failing_at(scratch, n, is_dead, in_parts, false);
      auto folder = scratch.open();
      const bool is_committed = scratch.tracker() == header + row_of(archive);
      CHECK(files_in(scratch.folder) == (is_committed ? in_parts : Files{}));
      CHECK(counting(folder).size() == (is_committed ? 1 : 0));
      CHECK(folder.unknown_archives().empty());
      CHECK_FALSE(fs::exists(scratch.journal()));
      if (is_committed) continue;
      CHECK(scratch.tracker() == header);
      commit_files(folder, in_parts);
      CHECK(files_in(scratch.folder) == in_parts);
    }
  }
}

TEST_CASE("wherever a crash or a failure ends a commit, a damaged archive is lost or replaced, whatever its parts") {
  const Files damaged_parts = {
      {archive + ".001", "dam"}, {archive + ".002", "age"}, {archive + ".003", "d 1"}, {archive + ".004", "0"}};
  const Files damaged_whole = {{archive, "damaged 10"}};
  for (const Files& before : {damaged_whole, damaged_parts}) {
    for (const Files& after : {whole, in_parts}) {
      for (const bool is_dead : {true, false}) {
        bool has_ended = false;
        for (int n = 0; !has_ended; ++n) {
          CAPTURE(n);
          CAPTURE(is_dead);
          const SyncScratch scratch;
          {
            auto folder = scratch.open();
            commit_files(folder, whole);
          }
          fs::remove(scratch.folder / archive);
          put_files(scratch.folder, before);
          has_ended = commit_failing_at(scratch, n, is_dead, after, true);
          auto folder = scratch.open();
          CHECK(scratch.tracker() == header + row_of(archive));
          const Files now = files_in(scratch.folder);
          if (now == before) folder.suspect(archive);  // nothing has happened yet
          CHECK((now == after) == !is_lost(folder));
          if (now == after) continue;
          commit_files(folder, after, true);
          CHECK(files_in(scratch.folder) == after);
          folder.reload();
          CHECK_FALSE(is_lost(folder));
        }
      }
    }
  }
}

TEST_CASE("after a power cut, parts go back to partial/ unless the archive, or a later one, has all of its names") {
  for (const bool has_later : {false, true}) {
    for (unsigned renamed = 0; renamed < 8; ++renamed) {
      CAPTURE(has_later);
      CAPTURE(renamed);
      const SyncScratch scratch;
      {
        auto folder = scratch.open();
        FinishedArchive later = archive_of("000002-b.tar");
        const FinishedArchive first = archive_of(archive);
        const Journal journal{.ledger_size = {scratch.ledger().size()},
                              .tracker_size = {scratch.tracker().size()},
                              .tracker_filename = tracker_name,
                              .rows = {first.row, later.row},
                              .archives = {{first.stored, first.partial, false, 3}, {later.stored, later.partial}}};
        write(scratch.journal(), journal_text(journal));
        for (unsigned i = 0; i < 3; ++i) {
          const bool is_renamed = (renamed >> i & 1) != 0;
          const std::string name = part_path(archive, i + 1).string();
          write(is_renamed ? scratch.folder / name : folder.partial_path(name), in_parts.at(name));
        }
        write(has_later ? folder.archive_path("000002-b.tar") : folder.partial_path("000002-b.tar"), content);
      }
      const Folder folder = scratch.open();
      const bool is_committed = renamed == 7 || has_later;
      CHECK(files_in(scratch.folder) == (is_committed ? in_parts : Files{}));
      CHECK(files_in(folder.partial_path("")) == (is_committed ? Files{} : in_parts));
      CHECK(folder.unknown_archives().empty());
    }
  }
}

TEST_CASE("a part whose name is taken is not replaced") {
  const SyncScratch scratch;
  for (const char* taken : {".001", ".002", ""}) {
    CAPTURE(taken);
    scratch.open();
    write(scratch.folder / (archive + taken), "mine");
    auto folder = scratch.open();
    failure(ErrorKind::storage, [&] { commit_files(folder, in_parts); });
    CHECK(files_in(scratch.folder).at(archive + taken) == "mine");
    CHECK(scratch.tracker() == header);
    fs::remove(scratch.folder / (archive + taken));
  }
  auto folder = scratch.open();
  CHECK(files_in(scratch.folder).empty());
  commit_files(folder, in_parts);
  CHECK(files_in(scratch.folder) == in_parts);
}

TEST_CASE("an archive that lacks a part is lost; one without any was carried away") {
  for (const unsigned missing : {1U, 2U, 3U}) {
    const SyncScratch scratch;
    {
      auto folder = scratch.open();
      commit_files(folder, in_parts);
    }
    fs::remove(part_path(scratch.folder / archive, missing));
    const Folder folder = scratch.open();
    CHECK(is_lost(folder));
    CHECK(counting(folder).empty());
    const auto view = FolderView::read(scratch.folder, tracker_name);
    REQUIRE(view.archives().size() == 1);
    CHECK(view.archives()[0].row);
    CHECK(view.archives()[0].recorded_size == 10_B);
    if (missing == 3) continue;  // without the last one, the others look complete
    CHECK_FALSE(view.archives()[0].size);
    CHECK(view.archives()[0].problems == std::vector{part_path(archive, missing).string() + " is missing"});
  }
  const SyncScratch scratch;
  {
    auto folder = scratch.open();
    commit_files(folder, in_parts);
  }
  for (const auto& [name, text] : in_parts) fs::remove(scratch.folder / name);
  const Folder folder = scratch.open();
  CHECK(folder.lost_archives().empty());
  CHECK(counting(folder).size() == 1);
}

TEST_CASE("parts whose sizes are changed are lost, even if they have the right size together") {
  const SyncScratch scratch;
  {
    auto folder = scratch.open();
    commit_files(folder, in_parts);
  }
  put_files(scratch.folder, {{archive + ".001", "01"}, {archive + ".003", "8989"}});
  CHECK(is_lost(scratch.open()));
}

TEST_CASE("an archive that is there as a file and in parts is refused, but an empty file asks to rebuild it") {
  const SyncScratch scratch;
  {
    auto folder = scratch.open();
    commit_files(folder, in_parts);
  }
  write(scratch.folder / archive, content);
  CHECK(failure(ErrorKind::storage, [&] { scratch.open(); }) ==
        (scratch.folder / archive).string() + " and " + archive +
            ".001 are both there: it is unknown which one counts");
  CHECK(FolderView::read(scratch.folder, tracker_name).archives()[0].problems.size() == 1);
  write(scratch.folder / archive, "");
  auto folder = scratch.open();
  CHECK(is_lost(folder));
  commit_files(folder, in_parts, true);
  CHECK(files_in(scratch.folder) == in_parts);
  write(scratch.folder / archive, "");
  folder.reload();
  commit_files(folder, whole, true);
  CHECK(files_in(scratch.folder) == whole);
}
