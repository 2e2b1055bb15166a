// Batch lists as programs save them and users pass them on. Bytes are spelled out so that no editor changes them.

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

Pairs rows_of(const BatchList& list) {
  Pairs rows;
  for (const BatchRow& row : list.rows) rows.emplace_back(row.name, row.artifact);
  return rows;
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
      {"one column and no rows", "# note\nname\n", "list.csv:2: one column, and no rows"},
      {"an .xlsx file", "PK\x03\x04\x14", "list.csv: is no list but a zipped document"},
      {"an .xls file", "\xd0\xcf\x11\xe0", "list.csv: is no list but an old Office document"},
      {"a compressed list", "\x1f\x8b\x08", "list.csv: is no list but compressed"},
      {"the page of a login", "<!DOCTYPE html><html><p>a,b</html>\n", "list.csv: is no list but an HTML"},
      {"TextEdit as rich text", "{\\rtf1\\ansi name,artifact\\\n}", "list.csv: is no list but rich text"},
      {"a NUL", header + std::string("tools,reg.example.com/x:1\n\0", 27), "list.csv:3: has a NUL in it"},
      {"UTF-32", std::string("\xff\xfe\0\0n\0\0\0", 8), "list.csv:1: has a NUL in it"},
      {"UTF-16 that is cut", little_endian(plain) + "x", "list.csv:4: UTF-16 that is cut"},
      {"half of a surrogate pair", "\xff\xfe" + little_endian(header) + std::string("\x3d\xd8x\0", 4),
       "list.csv:2: half of a UTF-16 character"},
      {"the other half", "\xfe\xff" + big_endian(header) + std::string("\xdc\0\0x", 4),
       "list.csv:2: half of a UTF-16 character"},
      {"U+2028 as line end", "name,artifact,note\u2028tools,reg.example.com/x:1,",
       "list.csv:1: has the line separator"},
      {"U+2028 in a comment", header + "# note\u2028tools,reg.example.com/x:1\n", "list.csv:2: has the line separator"},
      {"U+2029", "name,artifact\r\u2029", "list.csv:2: has the paragraph separator"},
      {"R: write.csv", "\"\",\"name\",\"artifact\"\n\"1\",\"tools\",\"reg.example.com/x:1\"\n",
       "list.csv:1: column 3 is called artifact"},
      {"pandas: to_csv, with semicolons", ";name;Artifact\n0;tools;reg.example.com/x:1\n",
       "list.csv:1: column 3 is called artifact"},
      {"columns the other way round", "artifact,name\nreg.example.com/x:1,tools\n",
       "list.csv:1: column 1 is called artifact"},
      {"lists put together with cat", plain + plain, "list.csv:4: the header occurs again"},
      {"the same, with byte order marks", mark + plain + mark + plain,
       "list.csv:4: name \"\ufeffname\" has the byte order mark U+FEFF in it"},
      {"rows with another separator than the header", header + "tools;reg.example.com/x:1\n",
       "list.csv:2: a row of one field"},
      {"blanks as separators", "name artifact\ntools reg.example.com/x:1\n", "list.csv:2: a row of one field"},
      {"a full-width comma", header + "tools\uff0creg.example.com/x:1\n", "list.csv:2: a row of one field"},
      {"Windows-1252 in a name", header + "M\xfcller,reg.example.com/x:1\n",
       "list.csv:2: name \"M\xfcller\" is not UTF-8"},
      {"a no-break space of Windows-1252", header + "tools,reg.example.com/x:1\xa0\n", "list.csv:2: artifact "},
      {"a zero width space in a name", header + "to\u200bols,reg.example.com/x:1\n",
       "list.csv:2: name \"to\u200bols\" has the zero width space U+200B in it"},
      {"a zero width space after an artifact", header + "tools,reg.example.com/x:1\u200b\n",
       "list.csv:2: artifact \"reg.example.com/x:1\u200b\" has the zero width space U+200B in it"},
      {"a byte order mark within", header + "tools,reg.example.com/x:1\n\ufeffbase,reg.example.com/y:1\n",
       "list.csv:3: name \"\ufeffbase\" has the byte order mark U+FEFF in it"},
      {"a mark of direction", header + "tools\u200f,reg.example.com/x:1\n",
       "list.csv:2: name \"tools\u200f\" has the right-to-left mark U+200F in it"},
      {"an override of direction", header + "tools\u202e,reg.example.com/x:1\n",
       "list.csv:2: name \"tools\u202e\" has a control"},
      {"a no-break space within a name", header + "my\u00a0tools,reg.example.com/x:1\n",
       "list.csv:2: name \"my\u00a0tools\" has the no-break space U+00A0 in it"},
      {"curly quotes", header + "\u201ctools\u201d,\u201creg.example.com/x:1\u201d\n",
       "list.csv:2: name \"\u201ctools\u201d\" has the curly quote U+201C in it"},
      {"a formula", header + "=tools,reg.example.com/x:1\n", "list.csv:2: name \"=tools\" begins as a formula"},
      {"text that a formula holds", header + "=\"tools\",reg.example.com/x:1\n", "list.csv:2: bare quote"},
      {"a protected cell", header + "tools,'reg.example.com/x:1\n",
       "list.csv:2: artifact \"'reg.example.com/x:1\" begins as a formula"},
      {"the end of file of MS-DOS", header + "tools,reg.example.com/x:1\r\n\x1a", "list.csv:3: a row of one field"},
      {"a quote that swallows the next row",
       header + "tools,reg.example.com/x:1,\"note\nbase,reg.example.com/y:1,note\"\n",
       "list.csv:2: a quoted field has the row \"base,reg.example.com/y:1,note\" in it"},
      {"a header that swallows the rows", "\"name,artifact\ntools,reg.example.com/x:1\"\n",
       "list.csv:1: a quoted field has the row"},
      {"no header, and an artifact without a slash", "tools,alpine:3\nbase,debian:12\n",
       "list.csv:1: the first line is no header but the artifact \"alpine:3\""},
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
  CHECK(list.warnings[0].starts_with("list.csv:1: the first line counts as a header, though \"alpine\""));
}
