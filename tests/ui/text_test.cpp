#include "acedt/ui/display.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace acedt::ui;

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
