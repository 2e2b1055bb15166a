#include "acedt/sync/ledger.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

#include "acedt/base/error.hpp"
#include "support/failure.hpp"

using namespace acedt;
using namespace acedt::sync;
using testing::failure;

namespace {

const std::string header(ledger_header);

oci::Digest digest_of(char hex) {
  return oci::Digest::parse("sha256:" + std::string(64, hex));
}

LedgerEntry entry_of(std::string archive, std::vector<StoredBlob> blobs = {}) {
  return {.archive = std::move(archive), .file_size = {4096}, .blobs = std::move(blobs)};
}

StoredBlob blob_of(char hex) {
  return {.digest = digest_of(hex), .size = {12}, .location = {.frame = 512, .skip = 7}};
}

struct Read {
  std::vector<LedgerEntry> entries = {};
  Bytes whole = {};
};

Read read_in_pieces(std::string_view text, std::size_t size) {
  LedgerParser parser("x/ledger");
  Read read;
  for (std::size_t at = 0; at < text.size(); at += size) {
    parser.feed(text.substr(at, size));
    for (auto entry = parser.next(); entry; entry = parser.next()) read.entries.push_back(*entry);
  }
  read.whole = parser.whole();
  return read;
}

/// Returns the entries of `text`, which must be the same in pieces of any size.
Read read_ledger(std::string_view text) {
  Read read = read_in_pieces(text, std::string_view::npos);
  for (const std::size_t size : {1U, 7U, 100U}) {
    const Read again = read_in_pieces(text, size);
    CHECK(again.entries == read.entries);
    CHECK(again.whole == read.whole);
  }
  return read;
}

}  // namespace

TEST_CASE("a ledger entry is a few lines of text") {
  CHECK(ledger_lines(entry_of("000001-to \"ols\".tar", {blob_of('a')})) ==
        "archive 4096 \"000001-to \\\"ols\\\".tar\"\nblob sha256:" + std::string(64, 'a') + " 12 512 7\nend 1\n");
  CHECK(ledger_lines(entry_of("000001-x.tar")) == "archive 4096 \"000001-x.tar\"\nend 0\n");
}

TEST_CASE("entries that are written are read back") {
  constexpr auto max = std::numeric_limits<std::uint64_t>::max();
  const std::vector<LedgerEntry> entries = {entry_of("000001-tools.tar", {blob_of('a'), blob_of('b')}),
                                            entry_of("000002-\\ \"\n\t\r\b\f\x01\x7f é \xff.tar"),
                                            {.archive = "000003-x.tar",
                                             .file_size = {max},
                                             .blobs = {{.digest = oci::Digest::parse("sha512:" + std::string(128, 'c')),
                                                        .size = {max},
                                                        .location = {.frame = max, .skip = max}}}}};
  std::string text = header;
  for (const LedgerEntry& entry : entries) text += ledger_lines(entry);
  const Read read = read_ledger(text);
  CHECK(read.entries == entries);
  CHECK(read.whole == Bytes{text.size()});
}

TEST_CASE("a ledger that is cut at any byte keeps the entries before the cut") {
  const LedgerEntry a = entry_of("000001-a.tar", {blob_of('a'), blob_of('b')});
  const LedgerEntry b = entry_of("000002-b.tar", {blob_of('c')});
  const std::size_t first = header.size() + ledger_lines(a).size();
  const std::string text = header + ledger_lines(a) + ledger_lines(b);
  for (std::size_t cut = 0; cut < text.size(); ++cut) {
    CAPTURE(cut);
    const Read read = read_ledger(text.substr(0, cut));
    CHECK(read.whole.count == (cut < header.size() ? 0 : cut < first ? header.size() : first));
    CHECK(read.entries == (cut < first ? std::vector<LedgerEntry>{} : std::vector{a}));
  }
}

TEST_CASE("an invalid entry is dropped with everything after it") {
  const std::string a64(64, 'a');
  const std::string before = header + ledger_lines(entry_of("000001-a.tar"));
  const std::string after = ledger_lines(entry_of("000003-c.tar"));
  for (const std::string& bad :
       std::vector<std::string>{"\n",
                                "end 0\n",
                                "blob sha256:" + a64 + " 1 2 3\n",
                                "archive\nend 0\n",
                                "archive 1\nend 0\n",
                                "archive x \"000002-b.tar\"\nend 0\n",
                                "archive -1 \"000002-b.tar\"\nend 0\n",
                                "archive 18446744073709551616 \"000002-b.tar\"\nend 0\n",
                                "archive 1 000002-b.tar\nend 0\n",
                                "archive 1 \"000002-b.tar\nend 0\n",
                                "archive 1 \"000002-b.tar\" \nend 0\n",
                                "archive 1 \"a\"b\"\nend 0\n",
                                "archive 1 \"a\\x\"\nend 0\n",
                                "archive 1 \"a\\u0g00\"\nend 0\n",
                                "archive 1 \"a\\\nend 0\n",
                                "archive 1 \"a\\u00\nend 0\n",
                                "archive 1 \"b\"\nend 1\n",
                                "archive 1 \"b\"\nend\n",
                                "archive 1 \"b\"\nend x\n",
                                "archive 1 \"b\"\narchive 1 \"b\"\nend 0\n",
                                "archive 1 \"b\"\nblob sha256:" + a64 + " 1 2 3\nend 0\n",
                                "archive 1 \"b\"\nblob sha256:" + a64 + " 1 2\nend 1\n",
                                "archive 1 \"b\"\nblob sha256:" + a64 + " 1 2 3 4\nend 1\n",
                                "archive 1 \"b\"\nblob sha256:" + a64 + " 1 2 18446744073709551616\nend 1\n",
                                "archive 1 \"b\"\nblob sha256:" + a64 + "a 1 2 3\nend 1\n",
                                "archive 1 \"b\"\nblob md5:aa 1 2 3\nend 1\n",
                                "archive 1 \"b\"\nblob  1 2 3\nend 1\n",
                                std::string(64, '\0')}) {
    CAPTURE(bad);
    std::string text = before;
    const Read read = read_ledger(text.append(bad).append(after));
    CHECK(read.entries == std::vector{entry_of("000001-a.tar")});
    CHECK(read.whole == Bytes{before.size()});
  }
}

TEST_CASE("the ledger records what an archive was made from and which archives it needs") {
  LedgerEntry entry = entry_of("000003-a.tar", {blob_of('a')});
  entry.origin = {.artifact = "reg/\"a\":1", .digest = "sha256:1", .needs = {"000001-b.tar", "000002-c.tar"}};
  LedgerEntry alone = entry_of("000004-b.tar", {blob_of('b')});
  alone.origin = {.artifact = "reg/b:1", .digest = "sha256:2"};
  const std::string text = header + ledger_lines(entry) + ledger_lines(alone) + ledger_lines(entry_of("000005-c.tar"));
  CHECK(read_ledger(text).entries == std::vector{entry, alone, entry_of("000005-c.tar")});
}

TEST_CASE("the ledger records which platforms an archive has, if it does not have all") {
  LedgerEntry entry = entry_of("000003-a.tar", {blob_of('a')});
  entry.origin = {.artifact = "reg/a:1", .digest = "sha256:1", .needs = {"000001-b.tar"}, .platforms = "linux/amd64"};
  LedgerEntry alone = entry_of("000004-b.tar");
  alone.origin = {.artifact = "reg/b:1", .digest = "sha256:2", .platforms = "linux/amd64,linux/arm64"};
  const std::string text = header + ledger_lines(entry) + ledger_lines(alone) + ledger_lines(entry_of("000005-c.tar"));
  CHECK(text.find("\nplatforms \"linux/amd64,linux/arm64\"\nend 0\n") != std::string::npos);
  CHECK(read_ledger(text).entries == std::vector{entry, alone, entry_of("000005-c.tar")});
}

TEST_CASE("ledgers of versions 1 and 2 are read") {
  const std::string lines = ledger_lines(entry_of("000001-a.tar", {blob_of('a')}));
  for (const std::string_view earlier : {ledger_header_1, ledger_header_2}) {
    CHECK(earlier.size() == ledger_header.size());
    CHECK(read_ledger(std::string(earlier) + lines).entries.size() == 1);
  }
}

TEST_CASE("a ledger of a later version is refused, and other text counts as a ledger that was cut at its start") {
  CHECK(failure(ErrorKind::bad_input, [] { read_ledger("ace-dt ledger 4\nwhatever\n"); }) ==
        "x/ledger: version \"4\" of the ledger is unknown: only 1 to 3 are known");
  for (const char* text : {"", "ace-dt", "ace-dt ledger 1", "ace-dt ledger 4", "{}\n", "\n"}) {
    CAPTURE(text);
    const Read read = read_ledger(text);
    CHECK(read.entries.empty());
    CHECK(read.whole == Bytes{});
  }
}
