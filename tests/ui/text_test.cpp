#include "acedt/ui/text.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace acedt::ui;
using namespace std::chrono_literals;

TEST_CASE("text of a registry cannot control the terminal") {
  CHECK(printable("a\x1b[2Jb\r\n\tc\x7f") == "a?[2Jb???c?");
  CHECK(printable("a\u009b2Jb") == "a?2Jb");  // U+009B begins an escape sequence too
  CHECK(printable("é ↦ ü\u00a0") == "é ↦ ü\u00a0");
  CHECK(printable("a\x9b"
                  "2Jb\xc2") == "a?2Jb?");  // and alone it does where the terminal is not one of UTF-8
  const std::string turns = {'a', '\xe2', '\x80', '\xae', 'b', '\xe2', '\x81', '\xa6', 'c', '\xe2', '\x81', '\xa9'};
  CHECK(printable(turns) == "a?b?c?");  // U+202E, U+2066 and U+2069, which turn text
  CHECK(printable("").empty());
}

TEST_CASE("cut() never cuts within a character") {
  CHECK(cut("abc", 2) == "ab");
  CHECK(cut("abc", 3) == "abc");
  CHECK(cut("abc", 99) == "abc");
  CHECK(cut("abc", 0).empty());
  CHECK(cut("a↦b", 2) == "a↦");
  CHECK(cut("ééé", 2) == "éé");
}

TEST_CASE("counted() adds an s to every count but one") {
  CHECK(counted(0, "archive") == "0 archives");
  CHECK(counted(1, "archive") == "1 archive");
  CHECK(counted(2, "archive") == "2 archives");
}

TEST_CASE("a text that is shortened says so") {
  CHECK(shortened("abc", 3) == "abc");
  CHECK(shortened("abcd", 3) == "ab…");
  CHECK(shortened("éééé", 3) == "éé…");
  CHECK(shortened("abcd", 0).empty());
}

TEST_CASE("durations are short") {
  CHECK(brief(41s) == "41s");
  CHECK(brief(192s) == "3m12s");
  CHECK(brief(2h + 3min + 4s) == "2h03m");
  CHECK(brief(127h) == "5d07h");
  CHECK(rounded(44ms) == "44ms");
  CHECK(rounded(1503ms) == "1.5s");
  CHECK(rounded(2999ms) == "3s");
  CHECK(rounded(62500ms) == "1m3s");
}

TEST_CASE("the cause of a failure comes first, without digests that are named twice") {
  CHECK(cause_first("a: blob sha256:01: GET https://r/v2/a/blobs/sha256:01: 503: busy") ==
        "503: busy (a: GET https://r/v2/a/blobs/sha256:01)");
  CHECK(cause_first("a: blob sha256:01: PUT https://r/v2/a/uploads/7: 503") ==
        "503 (a: blob sha256:01: PUT https://r/v2/a/uploads/7)");
  CHECK(cause_first("HEAD https://r/v2/: connection refused") == "connection refused (HEAD https://r/v2/)");
  CHECK(cause_of("HEAD https://r:5000/v2/: connection refused") == "connection refused");
}

TEST_CASE("a failure without a request, or with several, stays as it is") {
  for (const char* text : {"no space left", "see https://example.org: there", "see https://example.org",
                           "GET https://a/: 503; GET https://b/: 504", ""})
    CHECK(cause_first(text) == text);
}
