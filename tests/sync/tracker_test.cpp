#include "acedt/sync/tracker.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "acedt/base/error.hpp"
#include "support/failure.hpp"

using namespace acedt;
using namespace acedt::sync;
using testing::failure;

namespace {

const std::string header = "sync_name,artifact,digest\n";
const std::string digest = "sha256:" + std::string(64, 'a');

Tracker parse(const std::string& text) {
  return Tracker::parse(text, "record-keeping.csv");
}

}  // namespace

TEST_CASE("a tracker records which artifact each name was made from") {
  const Tracker tracker =
      parse(header + "000001-tools.tar,reg/x:1," + digest + "\n000002-b.tar.zst,reg/y:1," + digest + "\n");
  CHECK(tracker.has("tools", "reg/x:1"));
  CHECK(tracker.has("b", "reg/y:1"));
  CHECK_FALSE(tracker.has("tools", "reg/y:1"));
  CHECK_FALSE(tracker.has("tools", "reg/x"));
  CHECK_FALSE(tracker.has("b.tar", "reg/y:1"));
  REQUIRE(tracker.rows().size() == 2);
  CHECK(tracker.rows()[1].sync_name == "000002-b.tar.zst");
  CHECK(tracker.rows()[1].artifact == "reg/y:1");
  CHECK(tracker.rows()[1].digest == digest);
}

TEST_CASE("a name of an artifact with many names is found without scanning all of them") {
  constexpr int count = 20'000;
  std::string text = header;
  for (int i = 0; i < count; ++i) text += "000001-n" + std::to_string(i) + ".tar,reg/x:1," + std::to_string(i) + '\n';
  const Tracker tracker = parse(text);
  int right = 0;
  for (int i = 0; i < count; ++i) {
    const TrackerRow* row = tracker.find("n" + std::to_string(i), "reg/x:1");
    right += row != nullptr && row->digest == std::to_string(i) ? 1 : 0;
  }
  CHECK(right == count);
  CHECK_FALSE(tracker.has("n" + std::to_string(count), "reg/x:1"));
}

TEST_CASE("if two rows have the same name and artifact, the first one counts") {
  CHECK(parse(header + "000002-a.tar,x,1\n000001-a.tar,x,2\n").find("a", "x")->digest == "1");
}

TEST_CASE("rows with the same name and artifact are found together, as far as they have the newest digest") {
  const Tracker tracker =
      parse(header + "000001-a.tar,x,1\n000002-a.tar,x,2\n000003-b.tar,x,1\n000004-a.tar,y,1\n" + "000005-a.tar,x,1\n");
  std::vector<std::string> names;
  for (const TrackerRow* row : tracker.find_same("a", "x")) names.push_back(row->sync_name);
  CHECK(names == std::vector<std::string>{"000005-a.tar", "000001-a.tar"});
  CHECK(tracker.find_same("c", "x").empty());
  CHECK(parse(header + "000001-a.tar,x,\n000002-a.tar,x,\n").find_same("a", "x").size() == 1);
  CHECK(tracker.find_same("a", "z").empty());
}

TEST_CASE("trackers are read in every form that programs and users write") {
  const struct {
    std::string text;
    std::size_t rows;
    std::uint64_t highest;
    std::string preamble;
  } table[] = {
      {"", 0, 0, header},
      {"\n", 0, 0, header},
      {"# note\n", 0, 0, header},
      {"# note", 0, 0, "\n" + header},
      {header, 0, 0, ""},
      {"sync_name,artifact,digest", 0, 0, "\n"},
      {"\xef\xbb\xbfSync_Name,artifact\r\n000001-a.tar,x\r\n", 1, 1, ""},
      {header + "000001-a.tar,x,d\n", 1, 1, ""},
      {header + "000001-a.tar,x,d", 1, 1, "\n"},
      {"000001-a.tar,x,d\n", 1, 1, ""},
      {"000003-a.tar,x", 1, 3, "\n"},
      {header + "000005-a.tar,x,d\n000002-b.tar,x,d\n", 2, 5, ""},
      {header + "000005-a.tar,x,d\n000002-a.tar,y,d\n", 2, 5, ""},
      {header + "000001-my-x.tar,x,d\n000002-v1.2.tar.gz,x,d\n", 2, 2, ""},
      {header + "000001-a #b.tar,x,d\n", 1, 1, ""},
      {header + "\"000001-a,b.tar\",x,d,more\n", 1, 1, ""},
      {header + "\n# note\n  \n000001-a.tar,x,d\n", 1, 1, ""},
      {header + "000001-.tar,x,d\n", 1, 1, ""},
      {header + "0-a.tar,x,d\n1-a.tar,y,d\n", 2, 1, ""},
  };
  for (const auto& [text, rows, highest, preamble] : table) {
    CAPTURE(text);
    const Tracker tracker = parse(text);
    CHECK(tracker.rows().size() == rows);
    CHECK(tracker.highest() == highest);
    CHECK(tracker.preamble() == preamble);
  }
}

TEST_CASE("names keep '-', '.' and '#', and a digest may be missing") {
  const Tracker tracker = parse("000001-my-x.tar,x\n000002-v1.2.tar.gz,y\n000003-a #b.tar,z\n");
  CHECK(tracker.has("my-x", "x"));
  CHECK(tracker.has("v1.2", "y"));
  CHECK(tracker.has("a #b", "z"));
  CHECK(tracker.rows()[0].digest.empty());
  CHECK(parse("0-base.tar,x\n").has("base", "x"));
}

TEST_CASE("invalid rows are reported with file and line") {
  const struct {
    std::string text;
    std::string message;
  } table[] = {
      {"000001-a.tar\n", ":1: \"000001-a.tar\" has no artifact"},
      {"000001-a.tar,\n", ":1: \"000001-a.tar\" has no artifact"},
      {"000001-a.tar,,d\n", ":1: \"000001-a.tar\" has no artifact"},
      {header + "000001-a.tar,x,d\n000002-\n", ":3: \"000002-\" is not the name of an archive"},
      {header + "esc.tar,x,d\n", ":2: \"esc.tar\" is not the name of an archive"},
      {header + "000001-../x.tar,x,d\n", ":2: \"000001-../x.tar\" is not the name of an archive"},
      {header + ",x,d\n", ":2: \"\" is not the name of an archive"},
      {header + header, ":2: \"sync_name\" is not the name of an archive"},
      {"name,artifact\n000001-a.tar,x\n", ":1: \"name\" is not the name of an archive"},
      {"sync_na", ":1: \"sync_na\" is not the name of an archive"},
      {header + "\n1000000000-a.tar,x,d\n", ":3: \"1000000000-a.tar\" is not the name of an archive"},
      {header + "000001-a.tar,\"x\n", ":2: a quote is never closed"},
  };
  for (const auto& [text, message] : table) {
    CAPTURE(text);
    CHECK(failure(ErrorKind::usage, [&text = text] { parse(text); }) == "record-keeping.csv" + message);
  }
}

TEST_CASE("a row is written as Go's csv.Writer writes it, and read back") {
  CHECK(tracker_line({"000001-tools.tar", "reg/x:1", digest}) == "000001-tools.tar,reg/x:1," + digest + "\n");
  CHECK(tracker_line({"000001-a,b.tar", "x", ""}) == "\"000001-a,b.tar\",x,\n");
  CHECK(parse(header + tracker_line({"000001-a,\"b\" #c.tar", "x", ""})).has("a,\"b\" #c", "x"));
}

TEST_CASE("a tracker that is cut at any byte is read or refused") {
  const std::string text = header + "000001-a.tar,reg/x:1," + digest + "\n\"000002-b,c.tar\",reg/y," + digest + "\n";
  for (std::size_t cut = 0; cut < text.size(); ++cut) {
    CAPTURE(cut);
    try {
      const Tracker tracker = parse(text.substr(0, cut));
      CHECK(tracker.highest() == tracker.rows().size());
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::usage);
      CHECK(std::string(error.what()).starts_with("record-keeping.csv:"));
    }
  }
}
