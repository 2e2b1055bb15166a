// Batch lists as users write them, and as programs save them. Bytes are spelled out so that no editor changes them.

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

Pairs rows_of(const BatchList& list) {
  Pairs rows;
  for (const BatchRow& row : list.rows) rows.emplace_back(row.name, row.artifact);
  return rows;
}
Pairs rows_of(const std::string& text) {
  return rows_of(BatchList::parse(text, "list.csv"));
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
      CHECK(std::string(error.what()).find("the first line is not a header but the artifact") != std::string::npos);
      CHECK(error.hint() == "the first line must be a header such as \"name,artifact\"");
    }
  }
}

TEST_CASE("an invalid row is reported with file, line and a hint") {
  const struct {
    std::string row;
    std::string message;  // its beginning
  } table[] = {
      {"tools", "list.csv:2: the row has one field"},
      {"tools;reg.example.com/x:1", "list.csv:2: the row has one field"},
      {",alpine", "list.csv:2: the name is empty"},
      {"tools,", "list.csv:2: the artifact of \"tools\" is empty"},
      {"tools, # note", "list.csv:2: the artifact of \"tools\" is empty"},
      {"a/b,alpine", "list.csv:2: name \"a/b\" contains a '/'"},
      {"/../../esc,alpine", "list.csv:2: name \"/../../esc\" contains a '/'"},
      {".,alpine", "list.csv:2: name \".\" is not a file name"},
      {"..,alpine", "list.csv:2: name \"..\" is not a file name"},
      {"\"a\nb\",alpine", "list.csv:2: name \"a\\nb\" contains a control character"},
      {"a\tb,alpine", "list.csv:2: name \"a\\tb\" contains a control character"},
      {std::string("a\0b,alpine", 10), "list.csv:2: contains a NUL"},
      {"a\x7f,alpine", "list.csv:2: name \"a\x7f\" contains a control character"},
      {std::string(201, 'n') + ",alpine", "list.csv:2: name \"" + std::string(40, 'n') + "\"… has 201 bytes"},
      {"tools,reg.example.com/x:", "list.csv:2: "},
      {"tools,reg.example.com/X:1", "list.csv:2: "},
      {"tools,https://reg.example.com/x:1", "list.csv:2: "},
      {"tools,reg.example.com/x:v1 x", "list.csv:2: "},
      {"tools,reg.example.com/x@sha256:123", "list.csv:2: "},
      {"to\"ols,alpine", "list.csv:2: a quote in"},
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

namespace {

const std::string mark = "\xef\xbb\xbf";
const Pairs both = {{"tools", "reg.example.com/x:1"}, {"base", "reg.example.com/y:1"}};

/// Returns ASCII text in UTF-16.
std::string little_endian(const std::string& text) {
  std::string out;
  for (const char c : text) (out += c) += '\0';
  return out;
}
std::string big_endian(const std::string& text) {
  std::string out;
  for (const char c : text) (out += '\0') += c;
  return out;
}

std::string with(const std::string& line_end, std::string text) {
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += line_end.size())
    text.replace(at, 1, line_end);
  return text;
}

const std::string plain = "name,artifact\ntools,reg.example.com/x:1\nbase,reg.example.com/y:1\n";
const std::string semicolons = "name;artifact\ntools;reg.example.com/x:1\nbase;reg.example.com/y:1\n";
const std::string tabs = "name\tartifact\ntools\treg.example.com/x:1\nbase\treg.example.com/y:1\n";
const std::string three_columns = "name,artifact,note\ntools,reg.example.com/x:1,\nbase,reg.example.com/y:1,\n";

}  // namespace

TEST_CASE("lists are read as programs save them") {
  const struct {
    const char* program;
    std::string saved;
  } table[] = {
      {"echo, vim, Notepad, TextEdit as plain text", plain},
      {"printf without a line end at the end", plain.substr(0, plain.size() - 1)},
      {"Excel: CSV (Comma delimited); CSV (MS-DOS); Google Sheets", with("\r\n", plain)},
      {"Excel: CSV UTF-8; PowerShell 5.1: Out-File -Encoding utf8", mark + with("\r\n", plain)},
      {"Excel: CSV (Macintosh)", with("\r", plain)},
      {"Excel: CSV (Macintosh), after a tool added LF", with("\r", plain) + "\n"},
      {"Excel where the comma is decimal", mark + with("\r\n", semicolons)},
      {"Excel: Unicode Text; LibreOffice: UTF-16 and tabs", "\xff\xfe" + little_endian(with("\r\n", tabs))},
      {"Excel: Text (Tab delimited)", with("\r\n", tabs)},
      {"Excel, with the separator for Excel", "sep=,\r\n" + with("\r\n", plain)},
      {"the same, with another separator", "SEP=;\n" + semicolons},
      {"the same, with tabs", "sep=\t\n" + tabs},
      {"the same, quoted by the program that wrote it", mark + "\"sep=,\"\r\n" + with("\r\n", plain)},
      {"a header with bars", "name|artifact\ntools|reg.example.com/x:1\nbase|reg.example.com/y:1\n"},
      {"LibreOffice: all text cells quoted",
       "\"name\",\"artifact\"\n\"tools\",\"reg.example.com/x:1\"\n\"base\",\"reg.example.com/y:1\"\n"},
      {"LibreOffice: UTF-16, big endian", "\xfe\xff" + big_endian(plain)},
      {"iconv -t UTF-16LE, which adds no byte order mark", little_endian(plain)},
      {"iconv -t UTF-16BE", big_endian(with("\r\n", plain))},
      {"PowerShell 5.1: > and Out-File", "\xff\xfe" + little_endian(with("\r\n", plain))},
      {"PowerShell 5.1: Export-Csv",
       "#TYPE System.Management.Automation.PSCustomObject\r\n\"name\",\"artifact\"\r\n"
       "\"tools\",\"reg.example.com/x:1\"\r\n\"base\",\"reg.example.com/y:1\"\r\n"},
      {"Python csv in text mode on Windows", with("\r\r\n", plain)},
      {"R: write.csv(row.names = FALSE)",
       "\"name\",\"artifact\"\n\"tools\",\"reg.example.com/x:1\"\n\"base\",\"reg.example.com/y:1\"\n"},
      {"Numbers and others: columns and rows that are empty",
       "name,artifact,,\r\n,,,\r\ntools,reg.example.com/x:1,,\r\nbase,reg.example.com/y:1,,\r\n,,,\r\n,,,"},
      {"empty rows before the header", ",\n,,\n" + plain},
      {"empty rows with semicolons", ";;\r\n" + with("\r\n", semicolons) + ";\r\n;;\r\n"},
      {"line ends of several systems", "name,artifact\rtools,reg.example.com/x:1\r\nbase,reg.example.com/y:1\n"},
      {"a header of another case", "Name,ARTIFACT" + plain.substr(13)},
      {"a no-break space and other blanks around fields",
       "name,artifact\n\u00a0tools\u2003,\u00a0reg.example.com/x:1\u00a0\nbase\t,reg.example.com/y:1 \n"},
      {"Windows-1252 in comments and further columns",
       "name,artifact,owner\ntools,reg.example.com/x:1,M\xfcller # f\xfcr\nbase,reg.example.com/y:1\n# \x93x\x94\n"},
      {"a cell of several lines in a further column",
       "name,artifact,\"note\nof the owner\"\ntools,reg.example.com/x:1,\"see\nthere, "
       "please\"\nbase,reg.example.com/y:1\n"},
      {"a header with a comma in its comment", "name;artifact # a, b" + semicolons.substr(13)},
      {"a header with a comma in quotes", "name;artifact;\"a, b\"" + semicolons.substr(13)},
      {"two byte order marks", mark + mark + plain},
      {"further columns", three_columns},
  };
  for (const auto& [program, saved] : table) {
    CAPTURE(program);
    try {
      const BatchList list = BatchList::parse(saved, "list.csv");
      CHECK(rows_of(list) == both);
      CHECK(list.warnings.empty());
    } catch (const Error& error) {
      FAIL_CHECK(error.what());
    }
  }
}

TEST_CASE("lists that cannot be understood are refused with the line and a remedy") {
  const std::string header = "name,artifact\n";
  const struct {
    const char* what;
    std::string saved;
    std::string message;  // its beginning
  } table[] = {
      {"nothing", "", "list.csv: the list is empty"},
      {"a byte order mark alone", mark, "list.csv: the list is empty"},
      {"a byte order mark of UTF-16 alone", "\xff\xfe", "list.csv: the list is empty"},
      {"line ends", "\r\n\r\n", "list.csv: the list is empty"},
      {"comments only", "# name,artifact\n# tools,reg.example.com/x:1\n", "list.csv: the list is empty"},
      {"commas only", ",,\n,,\n", "list.csv: the list is empty"},
      {"sep= only", "sep=,\n", "list.csv: the list is empty"},
      {"one column and no rows", "# note\nname\n", "list.csv:2: a header of one column, and no rows"},
      {"an .xlsx file", "PK\x03\x04\x14", "list.csv: not a list but a zipped document"},
      {"an .xls file", "\xd0\xcf\x11\xe0", "list.csv: not a list but an old Office document"},
      {"a compressed list", "\x1f\x8b\x08", "list.csv: not a list but a gzip file"},
      {"the page of a login", "<!DOCTYPE html><html><p>a,b</html>\n", "list.csv: not a list but an HTML"},
      {"TextEdit as rich text", "{\\rtf1\\ansi name,artifact\\\n}", "list.csv: not a list but a rich text document"},
      {"a NUL", header + std::string("tools,reg.example.com/x:1\n\0", 27), "list.csv:3: contains a NUL"},
      {"UTF-32", std::string("\xff\xfe\0\0n\0\0\0", 8), "list.csv:1: contains a NUL"},
      {"UTF-16 that is cut", little_endian(plain) + "x", "list.csv:4: the UTF-16 text ends"},
      {"half of a surrogate pair", "\xff\xfe" + little_endian(header) + std::string("\x3d\xd8x\0", 4),
       "list.csv:2: half of a UTF-16 surrogate pair"},
      {"the other half", "\xfe\xff" + big_endian(header) + std::string("\xdc\0\0x", 4),
       "list.csv:2: half of a UTF-16 surrogate pair"},
      {"U+2028 as line end", "name,artifact,note\u2028tools,reg.example.com/x:1,",
       "list.csv:1: contains the line separator"},
      {"U+2028 in a comment", header + "# note\u2028tools,reg.example.com/x:1\n",
       "list.csv:2: contains the line separator"},
      {"U+2029", "name,artifact\r\u2029", "list.csv:2: contains the paragraph separator"},
      {"R: write.csv", "\"\",\"name\",\"artifact\"\n\"1\",\"tools\",\"reg.example.com/x:1\"\n",
       "list.csv:1: column 3 is called artifact"},
      {"pandas: to_csv, with semicolons", ";name;Artifact\n0;tools;reg.example.com/x:1\n",
       "list.csv:1: column 3 is called artifact"},
      {"columns the other way round", "artifact,name\nreg.example.com/x:1,tools\n",
       "list.csv:1: column 1 is called artifact"},
      {"lists put together with cat", plain + plain, "list.csv:4: the header is repeated"},
      {"the same, with byte order marks", mark + plain + mark + plain,
       "list.csv:4: name \"\ufeffname\" contains the byte order mark U+FEFF"},
      {"rows with another separator than the header", header + "tools;reg.example.com/x:1\n",
       "list.csv:2: the row has one field"},
      {"blanks as separators", "name artifact\ntools reg.example.com/x:1\n", "list.csv:2: the row has one field"},
      {"a full-width comma", header + "tools\uff0creg.example.com/x:1\n", "list.csv:2: the row has one field"},
      {"Windows-1252 in a name", header + "M\xfcller,reg.example.com/x:1\n",
       "list.csv:2: name \"M\xfcller\" is not UTF-8"},
      {"a no-break space of Windows-1252", header + "tools,reg.example.com/x:1\xa0\n", "list.csv:2: artifact "},
      {"a zero width space in a name", header + "to\u200bols,reg.example.com/x:1\n",
       "list.csv:2: name \"to\u200bols\" contains the zero width space U+200B"},
      {"a zero width space after an artifact", header + "tools,reg.example.com/x:1\u200b\n",
       "list.csv:2: artifact \"reg.example.com/x:1\u200b\" contains the zero width space U+200B"},
      {"a byte order mark within", header + "tools,reg.example.com/x:1\n\ufeffbase,reg.example.com/y:1\n",
       "list.csv:3: name \"\ufeffbase\" contains the byte order mark U+FEFF"},
      {"a mark of direction", header + "tools\u200f,reg.example.com/x:1\n",
       "list.csv:2: name \"tools\u200f\" contains the right-to-left mark U+200F"},
      {"an override of direction", header + "tools\u202e,reg.example.com/x:1\n",
       "list.csv:2: name \"tools\u202e\" contains a control"},
      {"a no-break space within a name", header + "my\u00a0tools,reg.example.com/x:1\n",
       "list.csv:2: name \"my\u00a0tools\" contains the no-break space U+00A0"},
      {"curly quotes", header + "\u201ctools\u201d,\u201creg.example.com/x:1\u201d\n",
       "list.csv:2: name \"\u201ctools\u201d\" contains the curly quote U+201C"},
      {"a formula", header + "=tools,reg.example.com/x:1\n", "list.csv:2: name \"=tools\" begins like a formula"},
      {"text that a formula holds", header + "=\"tools\",reg.example.com/x:1\n", "list.csv:2: a quote in"},
      {"a protected cell", header + "tools,'reg.example.com/x:1\n",
       "list.csv:2: artifact \"'reg.example.com/x:1\" begins like a formula"},
      {"the end of file of MS-DOS", header + "tools,reg.example.com/x:1\r\n\x1a", "list.csv:3: the row has one field"},
      {"a quote that swallows the next row",
       header + "tools,reg.example.com/x:1,\"note\nbase,reg.example.com/y:1,note\"\n",
       "list.csv:2: a quoted field contains the row \"base,reg.example.com/y:1,note\""},
      {"a header that swallows the rows", "\"name,artifact\ntools,reg.example.com/x:1\"\n",
       "list.csv:1: a quoted field contains the row"},
      {"no header, and an artifact without a slash", "tools,alpine:3\nbase,debian:12\n",
       "list.csv:1: the first line is not a header but the artifact \"alpine:3\""},
  };
  for (const auto& [what, saved, message] : table) {
    CAPTURE(what);
    try {
      BatchList::parse(saved, "list.csv");
      FAIL_CHECK("no error");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::usage);
      CHECK(std::string(error.what()).substr(0, message.size()) == message);
      CHECK_FALSE(error.hint().empty());
    }
  }
}

TEST_CASE("comments of a list in UTF-16 may have any characters") {
  std::string saved = "\xff\xfe" + little_endian("# ");
  saved += std::string("\xe9\x00\xac\x20\x3d\xd8\x00\xde", 8);  // é € 😀
  saved += little_endian("\n" + plain);
  CHECK(rows_of(BatchList::parse(saved, "list.csv")) == both);
}

TEST_CASE("a list with a header and no rows is read, with a warning") {
  for (const char* saved : {"name,artifact\n", "name;artifact", "# note\nname,artifact\n,,\n\n"}) {
    const BatchList list = BatchList::parse(saved, "list.csv");
    CHECK(list.rows.empty());
    REQUIRE(list.warnings.size() == 1);
    CHECK(list.warnings[0].ends_with(": a header without rows: there is nothing to do"));
  }
}

TEST_CASE("a header that may be an artifact gives a warning, as it is not mirrored") {
  const BatchList list = BatchList::parse("tools,alpine\nbase,debian\n", "list.csv");
  CHECK(rows_of(list) == Pairs{{"base", "debian"}});
  REQUIRE(list.warnings.size() == 1);
  CHECK(list.warnings[0].starts_with("list.csv:1: the first line is read as the header, though \"alpine\""));
}
