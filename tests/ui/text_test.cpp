#include "acedt/ui/text.hpp"

#include <doctest/doctest.h>

using namespace acedt::ui;
using namespace std::chrono_literals;

TEST_CASE("what a registry says cannot move the cursor or change the colours") {
  CHECK(printable("a\x1b[2Jb\r\n\tc\x7f") == "a?[2Jb???c?");
  CHECK(printable("a\u009b2Jb") == "a?2Jb");  // U+009B begins an escape sequence too
  CHECK(printable("é ↦ ü\u00a0") == "é ↦ ü\u00a0");
  CHECK(printable("\xc2") == "\xc2");
  CHECK(printable("").empty());
}

TEST_CASE("a line is cut between characters, never within one") {
  CHECK(cut("abc", 2) == "ab");
  CHECK(cut("abc", 3) == "abc");
  CHECK(cut("abc", 99) == "abc");
  CHECK(cut("abc", 0).empty());
  CHECK(cut("a↦b", 2) == "a↦");
  CHECK(cut("ééé", 2) == "éé");
}

TEST_CASE("durations are printed as Go prints them") {
  CHECK(human(0ms) == "0s");
  CHECK(human(-3ms) == "0s");
  CHECK(human(44ms) == "44ms");
  CHECK(human(1s) == "1s");
  CHECK(human(2485ms) == "2.485s");
  CHECK(human(2005ms) == "2.005s");
  CHECK(human(62500ms) == "1m2.5s");
  CHECK(human(1min) == "1m0s");
  CHECK(human(3h + 4s) == "3h0m4s");
}

TEST_CASE("one is not many") {
  CHECK(counted(0, "archive") == "0 archives");
  CHECK(counted(1, "archive") == "1 archive");
  CHECK(counted(2, "archive") == "2 archives");
}
