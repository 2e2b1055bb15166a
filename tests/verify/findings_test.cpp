#include "acedt/verify/findings.hpp"

#include "acedt/verify/checksums.hpp"
#include "acedt/verify/text.hpp"
#include "support/failure.hpp"
#include "support/scratch.hpp"
#include "support/sha256.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace acedt;
using testing::sha256;
using verify::Assumed;
using verify::Examined;
using verify::Finding;
using verify::Severity;
using verify::Surroundings;

namespace {

const oci::Digest wanted = sha256("wanted");
const oci::Digest root = sha256("root");

Examined archive_of(std::uint64_t number, const std::string& file) {
  Examined archive{.file = file, .number = number};
  archive.closure.root = oci::Descriptor{"type", root, {4}, {}, {{"org.opencontainers.image.ref.name", "reg/a:1"}}};
  return archive;
}

/// Returns an archive that lacks `wanted`.
Examined lacking(const std::vector<std::string>& needs = {}) {
  Examined archive = archive_of(2, "000002-b.tar");
  archive.closure.missing.push_back({wanted, root});
  archive.closure.declared_needs = needs;
  return archive;
}

/// What is around the archive.
struct Around {
  closure::Closures closures{plan::HashSeed{1, 2}};
  Assumed assumed;
  Surroundings surroundings{closures, assumed};
};

Finding only(const std::vector<Finding>& findings) {
  REQUIRE(findings.size() == 1);
  return findings.front();
}

}  // namespace

TEST_CASE("an archive that is complete has no findings") {
  const Around around;
  CHECK(findings_of(archive_of(1, "a"), around.surroundings).empty());
}

TEST_CASE("missing content is attributed to the archive that has it, if that archive is known") {
  Around around;
  Finding found = only(findings_of(lacking({"000001-a.tar"}), around.surroundings));
  CHECK(found.severity == Severity::incomplete);
  CHECK(found.subject == "000001-a.tar");
  around.surroundings.tracked["000001-a.tar"] = "reg/base:1";
  found = only(findings_of(lacking({"000001-a.tar"}), around.surroundings));
  CHECK(found.what == "needs 000001-a.tar (reg/base:1), which is missing, for " + wanted.text());
  around.surroundings.in_ledger[wanted] = "000007-x.tar";
  CHECK(only(findings_of(lacking({"000001-a.tar"}), around.surroundings)).subject == "000007-x.tar");
}

TEST_CASE("if a needed archive is damaged, the finding says so") {
  Around around;
  around.closures.add("000001-a.tar", {}, {});
  around.surroundings.broken.insert("000001-a.tar");
  CHECK(only(findings_of(lacking({"000001-a.tar"}), around.surroundings)).what ==
        "needs 000001-a.tar, which is damaged, for " + wanted.text());
}

TEST_CASE("if no archive is known to have the content, the finding names the artifact that refers to it") {
  const Around around;
  const Finding found = only(findings_of(lacking(), around.surroundings));
  CHECK(found.subject == wanted.text());
  CHECK(found.what == "is missing: " + root.text() + ", of reg/a:1, refers to it");
}

TEST_CASE("content that is assumed to be present is not missing") {
  Around around;
  around.assumed.digests.insert(wanted);
  CHECK(findings_of(lacking(), around.surroundings).empty());
  around.assumed = {.archives = {"000001-a.tar"}};
  CHECK(findings_of(lacking({"000001-a.tar"}), around.surroundings).empty());
  CHECK(only(findings_of(lacking({"000001-a.tar", "000009-x.tar"}), around.surroundings)).subject == "000009-x.tar");
  CHECK(findings_of(lacking(), around.surroundings).size() == 1);
}

TEST_CASE("a missing subject is a note") {
  const Around around;
  Examined archive = lacking();
  archive.closure.missing.front().is_subject = true;
  CHECK(only(findings_of(archive, around.surroundings)).severity == Severity::note);
}

TEST_CASE("an archive that differs from the tracker or the ledger is damaged") {
  const Around around;
  Examined archive = archive_of(1, "a");
  archive.size = {10};
  archive.known.emplace();
  CHECK(findings_of(archive, around.surroundings).empty());
  archive.known->recorded_size = Bytes{11};
  CHECK(only(findings_of(archive, around.surroundings)).what == "has 10 bytes, but the ledger says 11");
  archive.known->recorded_size.reset();
  archive.known->row = sync::TrackerRow{"a", "reg/a:1", wanted.text()};
  archive.known->origin = sync::Origin{"reg/a:1", wanted.text()};
  CHECK(findings_of(archive, around.surroundings).size() == 2);
  archive.known->row->digest.clear();
  archive.known->origin->digest = root.text();
  CHECK(findings_of(archive, around.surroundings).empty());
}

TEST_CASE("a fault that two checks find is reported once") {
  const Around around;
  Examined archive = archive_of(1, "a");
  archive.closure.faults.push_back({wanted, "has the digest x"});
  archive.damage.push_back({wanted, "has the digest x"});
  CHECK(only(findings_of(archive, around.surroundings)).severity == Severity::damaged);
}

TEST_CASE("duplicate numbers and the number 0 are damage; gaps and absent archives of the tracker are notes") {
  const std::vector<Examined> archives = {archive_of(0, "0-x"), archive_of(3, "3-a"), archive_of(3, "3-b"),
                                          archive_of(7, "7-c"), archive_of(9, "9-d")};
  const auto findings = findings_about_numbers(archives, {{"2-y", "reg/y"}, {"3-a", "reg/a"}, {"8-z", "reg/z"}});
  REQUIRE(findings.size() == 4);
  CHECK(findings[0].what == "has the number 0, which no archive gets");
  CHECK(findings[1].subject == "3-a");
  CHECK(findings[1].severity == Severity::damaged);
  CHECK(findings[2].what == "no archive has the numbers 1 to 2, 4 to 6, 8");
  CHECK(findings[3].what == "the tracker has archives that are not in the folder: 2-y and 1 more");
}

TEST_CASE("a finding is one line") {
  CHECK(verify::line_of({Severity::damaged, "a", "b", "is bad", "mend it"}) == "damaged: a: b: is bad; mend it");
  CHECK(verify::line_of({Severity::note, "", "", "so it is", ""}) == "note: so it is");
}

TEST_CASE("the report is JSON with a state for each archive") {
  verify::Result result{.full = true, .archives = {archive_of(1, "a"), archive_of(2, "b\"")}};
  result.findings = {{Severity::note, "a", "", "x"}, {Severity::incomplete, "b\"", "", "y"}};
  const std::string text = report_of(result, "1.2");
  CHECK(text.find(R"("program": "ace-dt 1.2")") != std::string::npos);
  CHECK(text.find(R"({"file": "a", "number": 1, "state": "complete")") != std::string::npos);
  CHECK(text.find(R"({"file": "b\"", "number": 2, "state": "incomplete")") != std::string::npos);
  CHECK(severest(result) == Severity::incomplete);
}

TEST_CASE("checksums are written, read again and compared") {
  const testing::Scratch scratch;
  scratch.file("a", "hello");
  scratch.file("b", "");
  const std::vector<std::string> files = {"a", "b"};
  auto sums = verify::checksums_of(scratch.path(), files, 2);
  CHECK(sums.front().sha256 == sha256("hello").hex());
  CHECK(verify::parse_checksums(verify::text_of(sums), "file") == sums);
  CHECK(compare(sums, sums, {}).empty());
  auto other = sums;
  other[0].sha256 = sha256("x").hex();
  CHECK(only(compare(sums, other, {})).severity == Severity::damaged);
  CHECK(only(compare(sums, std::span(sums).first(1), {})).severity == Severity::incomplete);
  CHECK(compare(sums, std::span(sums).first(1), {.archives = {"b"}}).empty());
  CHECK(only(compare(std::span(sums).first(1), sums, {})).severity == Severity::note);
  testing::failure(ErrorKind::usage, [] { verify::parse_checksums("a,b,c\n", "file"); });
}
