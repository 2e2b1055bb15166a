#include "acedt/sync/folder_view.hpp"

#include "support/scratch.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

using namespace acedt;

TEST_CASE("the view of a folder has what its ledger says about each archive, the last entry counts") {
  const testing::Scratch scratch;
  scratch.file("000001-a.tar", "hello");
  std::filesystem::create_directory(scratch / ".ace-dt");
  const std::string digest = "sha256:" + std::string(64, 'a');
  scratch.file(".ace-dt/ledger",
               "ace-dt ledger 2\narchive 3 \"000001-a.tar\"\nend 0\narchive 4 \"000009-gone.tar\"\nblob " + digest +
                   " 7 0 0\nend 1\narchive 5 \"000001-a.tar\"\nmade " + digest + " \"reg/a:1\"\nend 0\n");
  const auto view = sync::FolderView::read(scratch.path(), "record-keeping.csv");
  REQUIRE(view.archives().size() == 1);
  CHECK(view.archives().front().recorded_size == Bytes{5});
  CHECK(view.archives().front().origin->artifact == "reg/a:1");
  std::vector<std::string> archives;
  view.each_in_ledger([&](const sync::LedgerEntry& entry) { archives.push_back(entry.archive); });
  CHECK(archives == std::vector<std::string>{"000001-a.tar", "000009-gone.tar", "000001-a.tar"});
}

TEST_CASE("an archive that the ledger does not know has no recorded size") {
  const testing::Scratch scratch;
  scratch.file("000001-a.tar", "hello");
  const auto view = sync::FolderView::read(scratch.path(), "record-keeping.csv");
  CHECK_FALSE(view.archives().front().recorded_size);
  view.each_in_ledger([](const sync::LedgerEntry&) { FAIL("there is no ledger"); });
}
