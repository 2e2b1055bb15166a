#include "deserialize/record.hpp"

#include <doctest/doctest.h>

#include "acedt/base/error.hpp"
#include "support/failure.hpp"

using namespace acedt;
using deserialize::Record;

namespace {

const std::string header = "filename,artifact,timestamp\n";
const std::string row = "000001-tools.tar,reg.example.com/sync:tools,2026-11-27 11:14:52.15 +0000 UTC m=+1.0\n";
const oci::Reference destination = oci::Reference::parse("reg.example.com/sync");

Record parsed(std::string_view text) {
  return Record::parse(text, "successful-syncs.csv");
}

}  // namespace

TEST_CASE("a row of the reference counts for the repository that it names, under any tag") {
  const Record record = parsed(header + row);
  CHECK(record.files_at(destination).contains("000001-tools.tar"));
  CHECK(record.files_at(oci::Reference::parse("reg.example.com/other")).empty());
  CHECK(record.files_at(oci::Reference::parse("other.example.com/sync")).empty());
  CHECK(record.warnings().empty());
  CHECK(record.preamble().empty());
}

TEST_CASE("the last other repository of the same registry that has a file is known") {
  const Record record =
      parsed(header + row + "000001-tools.tar,reg.example.com/first:tools,2026\n" +
             "000001-tools.tar,reg.example.com/second:tools,2026\n" +
             "000001-tools.tar,other.example.com/third:tools,2026\n000001-tools.tar,not a reference\n");
  CHECK(record.others_at(destination).at("000001-tools.tar") == "second");
  CHECK(record.others_at(oci::Reference::parse("other.example.com/third")).empty());
}

TEST_CASE("a new record gets a header, and a line without a newline gets one") {
  CHECK(parsed("").preamble() == header);
  CHECK(parsed(header).preamble().empty());
  CHECK(parsed(header + row.substr(0, row.size() - 1)).preamble() == "\n");
}

TEST_CASE("two rows on one line, as the reference may write them, count as the first one, with a warning") {
  const std::string glued = row.substr(0, row.size() - 1) + "000002-web.tar,reg.example.com/sync:web,2026\n";
  const Record record = parsed(header + glued);
  CHECK(record.files_at(destination).contains("000001-tools.tar"));
  REQUIRE(record.warnings().size() == 1);
  CHECK(record.warnings().front().find("successful-syncs.csv:2: got 5 fields, want 3") == 0);
}

TEST_CASE("a row with only a file name counts for no repository") {
  CHECK(parsed(header + "000001-tools.tar\n").files_at(destination).empty());
}

TEST_CASE("docker's short forms name the same repository") {
  const Record record = parsed(header + "1-a.tar,docker.io/library/sync:a,2026\n");
  CHECK(record.files_at(oci::Reference::parse("sync")).contains("1-a.tar"));
}

TEST_CASE("the time of a row is in Go's format") {
  const std::chrono::system_clock::time_point time{std::chrono::seconds(1'795'778'092) +
                                                   std::chrono::nanoseconds(150'311'949)};
  CHECK(deserialize::record_line({"a.tar", "r/s:t"}, time) == "a.tar,r/s:t,2026-11-27 11:14:52.150311949 +0000 UTC\n");
}
