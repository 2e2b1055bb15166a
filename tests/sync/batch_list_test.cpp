#include "acedt/sync/batch_list.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "acedt/base/error.hpp"

using namespace acedt;
using namespace acedt::sync;

namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

Pairs rows_of(const std::string& text) {
  Pairs rows;
  for (const BatchRow& row : BatchList::parse(text, "list.csv").rows) rows.emplace_back(row.name, row.artifact);
  return rows;
}

const std::string header = "name,artifact\n";

}  // namespace

TEST_CASE("a batch list has a header and rows of name and artifact") {
  const struct {
    const char* text;
    Pairs rows;
  } table[] = {
      {"name,artifact\n", {}},
      {"anything at all\ntools,reg/x:1\n", {{"tools", "reg/x:1"}}},
      {"name, artifact\ntools, reg.example.com/x:1\n", {{"tools", "reg.example.com/x:1"}}},
      {"name,artifact\r\n\r\ntools ,reg.example.com/x:1 # note\r\n", {{"tools", "reg.example.com/x:1"}}},
      {"# note\n\n  # note\nname,artifact\ntools,reg.example.com/x\n", {{"tools", "reg.example.com/x"}}},
      {"\xef\xbb\xbf# note\nname,artifact\ntools,alpine\n", {{"tools", "alpine"}}},
      {"name,artifact,labels,more\na,alpine,\"k=v, l=w\",\n", {{"a", "alpine"}}},
      {"name,artifact\n\"tools\" , \"reg.example.com/x:1\"\n", {{"tools", "reg.example.com/x:1"}}},
      {"name,artifact\nmy-tools.1,alpine\n", {{"my-tools.1", "alpine"}}},
  };
  for (const auto& [text, rows] : table) {
    CAPTURE(text);
    CHECK(rows_of(text) == rows);
  }
}

TEST_CASE("a row has its artifact and its line") {
  const BatchList list = BatchList::parse("name,artifact\n\ntools,reg.example.com:5000/a/b:v1\n", "list.csv");
  REQUIRE(list.rows.size() == 1);
  CHECK(list.rows[0].line == 3);
}

TEST_CASE("if several rows have one name, the last one counts, and rows keep their order") {
  CHECK(rows_of(header + "a,x:1\nb,x:2\na,x:3\nc,x:4\nb,x:2\n") == Pairs{{"a", "x:3"}, {"c", "x:4"}, {"b", "x:2"}});
}

TEST_CASE("an earlier row with the same name is dropped with a warning that names it") {
  const BatchList list = BatchList::parse(header + "a,x:1\nb,x:2\na,x:3\n\na,x:4\n", "list.csv");
  REQUIRE(list.dropped.size() == 2);
  CHECK(list.dropped[0].row.artifact == "x:1");
  CHECK(list.dropped[0].row.line == 2);
  CHECK(list.dropped[1].row.artifact == "x:3");
  CHECK(list.dropped[1].kept_line == 6);
  CHECK(list.warnings == std::vector<std::string>{
                             "list.csv:2: row dropped: name \"a\" occurs again on line 6, and the last one counts",
                             "list.csv:4: row dropped: name \"a\" occurs again on line 6, and the last one counts"});
}

TEST_CASE("a list without a header does not lose its first artifact silently") {
  for (const char* text :
       {"tools,reg.example.com/x:1\n", "# note\ntools,user/app\nb,alpine\n", "reg.example.com/x:1\n"}) {
    try {
      BatchList::parse(text, "list.csv");
      FAIL_CHECK("no error");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::usage);
      CHECK(std::string(error.what()).find("the first line is no header but the artifact") != std::string::npos);
      CHECK(error.hint() == "the first line must be a header such as \"name,artifact\"");
    }
  }
}

TEST_CASE("an invalid row is reported with file, line and a hint") {
  const struct {
    std::string row;
    std::string message;  // its beginning
  } table[] = {
      {"tools", "list.csv:2: a row of one field"},
      {"tools;reg.example.com/x:1", "list.csv:2: a row of one field"},
      {",alpine", "list.csv:2: the name is empty"},
      {"tools,", "list.csv:2: the artifact of \"tools\" is empty"},
      {"tools, # note", "list.csv:2: the artifact of \"tools\" is empty"},
      {"a/b,alpine", "list.csv:2: name \"a/b\" has a '/' in it"},
      {"/../../esc,alpine", "list.csv:2: name \"/../../esc\" has a '/' in it"},
      {".,alpine", "list.csv:2: name \".\" is no file name"},
      {"..,alpine", "list.csv:2: name \"..\" is no file name"},
      {"\"a\nb\",alpine", "list.csv:2: name \"a\\nb\" has a control character in it"},
      {"a\tb,alpine", "list.csv:2: name \"a\\tb\" has a control character in it"},
      {std::string("a\0b,alpine", 10), "list.csv:2: has a NUL in it"},
      {"a\x7f,alpine", "list.csv:2: name \"a\x7f\" has a control character in it"},
      {std::string(201, 'n') + ",alpine", "list.csv:2: name \"" + std::string(201, 'n') + "\" has 201 bytes"},
      {"tools,reg.example.com/x:", "list.csv:2: "},
      {"tools,reg.example.com/X:1", "list.csv:2: "},
      {"tools,https://reg.example.com/x:1", "list.csv:2: "},
      {"tools,reg.example.com/x:v1 x", "list.csv:2: "},
      {"tools,reg.example.com/x@sha256:123", "list.csv:2: "},
      {"to\"ols,alpine", "list.csv:2: bare quote"},
  };
  for (const auto& [row, message] : table) {
    CAPTURE(row);
    try {
      BatchList::parse(header + row + "\nlater,alpine\n", "list.csv");
      FAIL_CHECK("no error");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::usage);
      CHECK(std::string(error.what()).substr(0, message.size()) == message);
      CHECK_FALSE(error.hint().empty());
    }
  }
}

TEST_CASE("a name has at most 200 bytes") {
  CHECK(rows_of(header + std::string(200, 'n') + ",alpine\n") == Pairs{{std::string(200, 'n'), "alpine"}});
}

TEST_CASE("names that batch-deserialize cannot read give one warning each") {
  const std::string longest(128, 'n');
  const BatchList list = BatchList::parse(
      header + "Tools_1,alpine\nmy-x,a\nv1.2,a\nmy-x,b\né,a\n" + longest + ",a\n" + longest + "n,a\n", "list.csv");
  REQUIRE(list.warnings.size() == 5);
  CHECK(list.warnings[0].starts_with("list.csv:3: row dropped: "));
  CHECK(list.warnings[1].starts_with("list.csv:4: name \"v1.2\": "));
  CHECK(list.warnings[2].starts_with("list.csv:5: name \"my-x\": "));
  CHECK(list.warnings[3].starts_with("list.csv:6: name \"é\": "));
  CHECK(list.warnings[4].starts_with("list.csv:8: name \"nnn"));
}

TEST_CASE("a list that is cut at any byte is read or refused") {
  const std::string text =
      "name,artifact\ntools,\"reg.example.com/x:1\" # note\nb,alpine@sha256:" + std::string(64, 'a');
  for (std::size_t cut = 0; cut < text.size(); ++cut) {
    CAPTURE(cut);
    try {
      const Pairs rows = rows_of(text.substr(0, cut));
      CHECK(cut >= 5);
      CHECK(rows.size() == (cut < 16 ? 0 : cut < 50 ? 1 : 2));
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::usage);
      CHECK(std::string(error.what()).starts_with("list.csv:"));
    }
  }
}
