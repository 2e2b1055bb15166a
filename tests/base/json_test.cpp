#include "acedt/base/json.hpp"

#include <doctest/doctest.h>

using namespace acedt;

TEST_CASE("halves of surrogate pairs and bytes that are not UTF-8 become U+FFFD, as Go reads them") {
  const struct {
    const char* json;
    const char* whole;
  } table[] = {
      {"", ""},
      {R"({"a":"b\n\\"})", R"({"a":"b\n\\"})"},
      {R"("é\u00e9\ud7ff\ue000")", R"("é\u00e9\ud7ff\ue000")"},
      {R"("\ud83d\ude00")", R"("\ud83d\ude00")"},
      {R"("\uD83D\uDE00")", R"("\uD83D\uDE00")"},
      {R"("\ud83d")", R"("\ufffd")"},
      {R"("\ude00x")", R"("\ufffdx")"},
      {R"("\ud83dx\ude00")", R"("\ufffdx\ufffd")"},
      {R"("\ud83d\ud83d\ude00")", R"("\ufffd\ud83d\ude00")"},
      {R"("\ud83d\n")", R"("\ufffd\n")"},
      {R"("\\ud83d")", R"("\\ud83d")"},
      {R"("\\\ud83d")", R"("\\\ufffd")"},
      {R"("\ud83)", R"("\ud83)"},
      {R"("\ud8zz")", R"("\ud8zz")"},
      {"\"a\xff\xc3\"", "\"a\ufffd\ufffd\""},
      {"\"\xed\xa0\x80\"", "\"\ufffd\ufffd\ufffd\""},
  };
  for (const auto& [json, whole] : table) CHECK(with_whole_characters(json) == whole);
}
