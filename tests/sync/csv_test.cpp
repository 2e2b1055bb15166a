#include "acedt/sync/csv.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "acedt/base/error.hpp"
#include "support/failure.hpp"

using namespace acedt;
using namespace acedt::sync;
using testing::failure;

namespace {

using Fields = std::vector<std::string>;

std::vector<CsvRecord> records_of(std::string_view text, CsvStyle style = {}) {
  std::vector<CsvRecord> all;
  CsvReader reader(text, "list.csv", style);
  while (std::optional<CsvRecord> record = reader.next()) all.push_back(std::move(*record));
  return all;
}

std::vector<Fields> fields_of(std::string_view text, CsvStyle style = {}) {
  std::vector<Fields> all;
  for (CsvRecord& record : records_of(text, style)) all.push_back(std::move(record.fields));
  return all;
}

std::vector<std::size_t> lines_of(std::string_view text, CsvStyle style = {}) {
  std::vector<std::size_t> lines;
  for (const CsvRecord& record : records_of(text, style)) lines.push_back(record.line);
  return lines;
}

}  // namespace

TEST_CASE("CSV is read as humans write it") {
  const struct {
    const char* text;
    std::vector<Fields> records;
  } table[] = {
      {"", {}},
      {"\xef\xbb\xbf", {}},
      {"a,b", {{"a", "b"}}},
      {"a,b\n", {{"a", "b"}}},
      {"a,b\r\nc,d\r\n", {{"a", "b"}, {"c", "d"}}},
      {"a,b\r", {{"a", "b"}}},
      {"a,b\rc,d\r", {{"a", "b"}, {"c", "d"}}},
      {"a,b\r\r\nc,d\n\re,f", {{"a", "b"}, {"c", "d"}, {"e", "f"}}},
      {"# note\ra,b # note\rc,d", {{"a", "b"}, {"c", "d"}}},
      {"\"a\rb\",c\r", {{"a\rb", "c"}}},
      {"\xef\xbb\xbf"
       "a,b\n",
       {{"a", "b"}}},
      {"\xef\xbb\xbf# note\na,b\n", {{"a", "b"}}},
      {"\n\r\n \t\n\na,b\n\n", {{"a", "b"}}},
      {"# note, and more\na,b\n", {{"a", "b"}}},
      {"  # note \"\na,b\n", {{"a", "b"}}},
      {"a,b # note\nc,d\t#\n", {{"a", "b"}, {"c", "d"}}},
      {"a, # note\n", {{"a", ""}}},
      {"a #,b\n", {{"a"}}},
      {"a,b#c\n", {{"a", "b#c"}}},
      {"a,#b\n", {{"a", "#b"}}},
      {"\"a # b\" # note\n", {{"a # b"}}},
      {"  a , b \n", {{"a", "b"}}},
      {"\u00a0a\u3000,\u2003b\n", {{"a", "b"}}},
      {"a b,c\n", {{"a b", "c"}}},
      {" \"a\" ,\t\" b \"\t\n", {{"a", " b "}}},
      {"\"a,b\",\"c\"\"d\"\n", {{"a,b", "c\"d"}}},
      {"\"a\r\nb\nc\",d\n", {{"a\nb\nc", "d"}}},
      {"\"\"\n", {{""}}},
      {"\"\"\"\"\n", {{"\""}}},
      {",\n", {{"", ""}}},
      {"a,,c,\n", {{"a", "", "c", ""}}},
  };
  for (const auto& [text, records] : table) {
    CAPTURE(text);
    CHECK(fields_of(text) == records);
  }
}

TEST_CASE("columns may have other separators than commas, even blanks") {
  CHECK(fields_of("a; b, c ;\"d;e\"\n", {.separator = ';'}) == std::vector<Fields>{{"a", "b, c", "d;e"}});
  CHECK(fields_of("a\t b \t\t\"c\td\"\t\n\t#e\n", {.separator = '\t'}) ==
        std::vector<Fields>{{"a", "b", "", "c\td", ""}, {"", "#e"}});
}

TEST_CASE("if only whole lines are comments, a '#' after a blank is text") {
  CHECK(fields_of("# note\n #note\na # b,c #\n", {.comments = Comments::whole_lines}) ==
        std::vector<Fields>{{"a # b", "c #"}});
}

TEST_CASE("a record has the number of its first line") {
  CHECK(lines_of("# note\n\na,\"b\nc\"\n  \nd\r\ne") == std::vector<std::size_t>{3, 6, 7});
}

TEST_CASE("a line ends in LF, CRLF or CR, also within quotes") {
  CHECK(lines_of("a\rb\r\nc\n\"d\re\r\nf\ng\"\rh", {.first_line = 2}) == std::vector<std::size_t>{2, 3, 4, 5, 9});
}

TEST_CASE("stray quotes are reported with file and line") {
  const struct {
    const char* text;
    const char* message;
  } table[] = {
      {"to\"ols,b\n", "list.csv:1: a quote inside a field that does not begin with one"},
      {"a,b\"\n", "list.csv:1: a quote inside a field that does not begin with one"},
      {"\n\na,b \"c\"\n", "list.csv:3: a quote inside a field that does not begin with one"},
      {"\"a\nb\",c\"\n", "list.csv:2: a quote inside a field that does not begin with one"},
      {"\"a\"b\n", "list.csv:1: text after a closing quote"},
      {"\"a\" b\n", "list.csv:1: text after a closing quote"},
      {"\"a\"#b\n", "list.csv:1: text after a closing quote"},
      {"\"a\nb\"c\n", "list.csv:2: text after a closing quote"},
      {"a\n\"b\n\nc\n", "list.csv:2: a quote is never closed"},
      {"\"", "list.csv:1: a quote is never closed"},
      {"a,\"b\"\"\n", "list.csv:1: a quote is never closed"},
  };
  for (const auto& [text, message] : table) {
    CAPTURE(text);
    CHECK(failure(ErrorKind::usage, [&text = text] { records_of(text); }) == message);
  }
}

TEST_CASE("CSV that is cut at any byte is read or refused, and records before the cut line stay") {
  const std::string text = "\xef\xbb\xbfname,artifact\r\n# note\r\n\"a \"\"b\"\"\" , c # d\r\n\u00a0e,\"f\r\ng\"";
  const std::vector<Fields> all = fields_of(text);
  REQUIRE(all == std::vector<Fields>{{"name", "artifact"}, {"a \"b\"", "c"}, {"e", "f\ng"}});
  for (std::size_t cut = 0; cut < text.size(); ++cut) {
    CAPTURE(cut);
    try {
      const std::vector<Fields> some = fields_of(text.substr(0, cut));
      REQUIRE(some.size() <= all.size());
      for (std::size_t i = 0; i + 1 < some.size(); ++i) CHECK(some[i] == all[i]);
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::usage);
      CHECK_FALSE(error.hint().empty());
    }
  }
}

TEST_CASE("records are quoted as Go's csv.Writer quotes them") {
  const struct {
    Fields fields;
    const char* line;
  } table[] = {
      {{"000001-tools.tar", "reg.example.com/tools:v1", ""}, "000001-tools.tar,reg.example.com/tools:v1,\n"},
      {{"a,b", "c"}, "\"a,b\",c\n"},
      {{"a\"b"}, "\"a\"\"b\"\n"},
      {{"a\nb", "c\rd"}, "\"a\nb\",\"c\rd\"\n"},
      {{" a", "b ", "c d"}, "\" a\",\"b \",c d\n"},  // Go does not quote b
      {{"\ta", "\u00a0b", "\u3000c"}, "\"\ta\",\"\u00a0b\",\"\u3000c\"\n"},
      {{"\\.", "\\", "a\\."}, "\"\\.\",\\,a\\.\n"},
      {{"", ""}, ",\n"},
      {{""}, "\"\"\n"},
      {{"#a", "é"}, "#a,é\n"},
  };
  for (const auto& [fields, line] : table) CHECK(csv_line(fields) == line);
}

TEST_CASE("records that are written are read back") {
  for (const Fields& fields :
       std::vector<Fields>{{"a", "b,c", "d\"e"}, {""}, {"", "a"}, {" a", "a #b"}, {"a\nb", "\\."}, {"a\t", "b\u00a0"}})
    CHECK(fields_of(csv_line(fields), {.comments = Comments::whole_lines}) == std::vector<Fields>{fields});
}
