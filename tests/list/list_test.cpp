#include "acedt/list/list.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "acedt/tar/header.hpp"
#include "support/failure.hpp"
#include "support/scratch.hpp"

using namespace acedt;
using list::Format;
using list::Row;
using testing::failure;

namespace {

const std::string digest = "sha256:" + std::string(64, '1');
const std::string tracker_name = "record-keeping.csv";

std::string entry(std::string_view name, std::string_view content) {
  const std::string padding((512 - content.size() % 512) % 512, '\0');
  return tar::file_header(name, {content.size()}) + std::string(content) + padding;
}

/// Returns an archive of "reg/b:1" that needs archive number 1.
std::string archive_text() {
  const std::string root = R"({"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":")" + digest +
                           R"(","size":2,"annotations":{"org.opencontainers.image.ref.name":"reg/b:1"}})";
  const std::string index = R"({"schemaVersion":2,"manifests":[)" + root +
                            R"(],"annotations":{"vnd.ace-dt.data.needs":"[\"000001-a.tar\"]"}})";
  return entry("oci-layout", "{}") + entry("index.json", index) + std::string(tar::end_of_archive.count, '\0');
}

std::vector<Row> rows_in(const testing::Scratch& scratch) {
  return list::rows_of(scratch / "", tracker_name);
}

}  // namespace

TEST_CASE("if the ledger does not know an archive, it is listed from its index.json") {
  const testing::Scratch scratch;
  scratch.file("000002-b.tar", archive_text());
  const std::vector<Row> rows = rows_in(scratch);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].number == 2);
  CHECK(rows[0].name == "b");
  CHECK(rows[0].archive == "000002-b.tar");
  CHECK(rows[0].reference == "reg/b:1");
  CHECK(rows[0].digest == digest);
  CHECK(rows[0].size == Bytes{archive_text().size()});
  CHECK_FALSE(rows[0].is_tracked);
  CHECK(rows[0].needs == std::vector<std::string>{"000001-a.tar"});
}

TEST_CASE("an archive that was carried away is listed from the tracker, in the order of numbers") {
  const testing::Scratch scratch;
  scratch.file(tracker_name, "sync_name,artifact,digest\n000010-z.tar,reg/z:1," + digest + "\n1-a.tar,reg/a:1,\n");
  scratch.file("000002-b.tar", archive_text());
  const std::vector<Row> rows = rows_in(scratch);
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].reference == "reg/a:1");
  CHECK_FALSE(rows[0].size);
  CHECK(rows[0].is_tracked);
  CHECK(rows[1].number == 2);
  CHECK(rows[2].digest == digest);
}

TEST_CASE("an archive that the ledger knows is not read") {
  const testing::Scratch scratch;
  scratch.file("000002-b.tar", "no archive");
  std::filesystem::create_directory(scratch / ".ace-dt");
  scratch.file(".ace-dt/ledger", "ace-dt ledger 2\narchive 10 \"000002-b.tar\"\nmade " + digest +
                                     " \"reg/b:2\"\nneeds \"000001-a.tar\"\nend 0\n");
  const std::vector<Row> rows = rows_in(scratch);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].reference == "reg/b:2");
  CHECK(rows[0].needs == std::vector<std::string>{"000001-a.tar"});
}

TEST_CASE("listing changes nothing in the folder") {
  const testing::Scratch scratch;
  scratch.file("000002-b.tar", archive_text());
  rows_in(scratch);
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& file : std::filesystem::recursive_directory_iterator(scratch / "")) ++files;
  CHECK(files == 1);
}

TEST_CASE("a missing folder, or a tracker outside it, is refused") {
  const testing::Scratch scratch;
  CHECK(failure(ErrorKind::usage, [&] { list::rows_of(scratch / "none", tracker_name); }) ==
        "no such folder: " + (scratch / "none").string());
  failure(ErrorKind::usage, [&] { list::rows_of(scratch / "", "../x.csv"); });
}

TEST_CASE("the output is a table, JSON or CSV with the same columns") {
  const std::vector<Row> rows = {
      {1, "a", "000001-a.tar", "reg/a:1", "sha256:1", Bytes{1'500'000}, true, {}},
      {12, "b\"", "000012-b\".tar", "", "", std::nullopt, false, {"000001-a.tar", "000002-c.tar"}}};
  CHECK(list::text_of(rows, Format::table) ==
        "number  name  archive         reference  digest    size    tracked  needs\n"
        "1       a     000001-a.tar    reg/a:1    sha256:1  1.5 MB  yes      -\n"
        "12      b\\\"   000012-b\\\".tar  -          -         -       no       000001-a.tar 000002-c.tar\n");
  CHECK(list::text_of(rows, Format::csv) ==
        "number,name,archive,reference,digest,size,tracked,needs\n"
        "1,a,000001-a.tar,reg/a:1,sha256:1,1500000,yes,\n"
        "12,\"b\"\"\",\"000012-b\"\".tar\",,,,no,000001-a.tar 000002-c.tar\n");
  CHECK(list::text_of(rows, Format::json) ==
        "[\n"
        R"(  {"number": 1, "name": "a", "archive": "000001-a.tar", "reference": "reg/a:1", "digest": "sha256:1", )"
        R"("size": 1500000, "tracked": true, "needs": []},)"
        "\n"
        R"(  {"number": 12, "name": "b\"", "archive": "000012-b\".tar", "reference": "", "digest": "", )"
        R"("size": null, "tracked": false, "needs": ["000001-a.tar", "000002-c.tar"]})"
        "\n]\n");
  CHECK(list::text_of({}, Format::json) == "[]\n");
}
