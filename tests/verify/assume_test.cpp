#include "acedt/verify/assume.hpp"

#include "support/failure.hpp"

#include <doctest/doctest.h>

using namespace acedt;
using verify::Assumed;

namespace {

const std::string digest = "sha256:" + std::string(64, 'a');

Assumed assumed(const std::string& text) {
  Assumed result;
  verify::assume(result, text, "file");
  return result;
}

}  // namespace

TEST_CASE("a record names archives") {
  const Assumed found = assumed(
      "filename,artifact,timestamp\n"
      "000001-a.tar,reg/x:a,2026-11-27 11:14:52.15 +0000 UTC m=+1.01\n000002-b.tar,reg/x:b,");
  CHECK(found.archives == std::set<std::string>{"000001-a.tar", "000002-b.tar"});
}

TEST_CASE("a ledger names archives and content") {
  const Assumed found = assumed("ace-dt ledger 2\narchive 9 \"000001-a.tar\"\nblob " + digest + " 5 0 0\nend 1\n");
  CHECK(found.archives == std::set<std::string>{"000001-a.tar"});
  CHECK(found.digests == std::set<oci::Digest>{oci::Digest::parse(digest)});
}

TEST_CASE("of a report, the complete archives count") {
  const Assumed found =
      assumed(R"( {"archives": [{"file": "a", "state": "complete"}, {"file": "b", "state": "incomplete"}]})");
  CHECK(found.archives == std::set<std::string>{"a"});
}

TEST_CASE("a list of digests may have comments and empty lines") {
  CHECK(assumed("# there\n\n " + digest + " \r\n").digests.size() == 1);
  CHECK(assumed("").digests.empty());
}

TEST_CASE("any other file is refused, with the line") {
  using testing::failure;
  CHECK(failure(ErrorKind::usage, [] { assumed("# x\nhello\n"); }).starts_with("file:2: "));
  CHECK(failure(ErrorKind::usage, [] { assumed("{}"); }).starts_with("file: "));
  CHECK(failure(ErrorKind::usage, [] { assumed(R"({"archives": [1]})"); }).starts_with("file: "));
}
