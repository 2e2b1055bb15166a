#include "acedt/base/text.hpp"

#include <doctest/doctest.h>

using namespace acedt;
using namespace std::literals;

TEST_CASE("Base64 survives a round trip, and non-canonical Base64 is refused") {
  for (const auto& plain : {""s, "f"s, "fo"s, "foo"s, "foob"s, "user:pass word"s, "\xff\x00\x80"s})
    CHECK(from_base64(to_base64(as_bytes(plain))) == plain);
  CHECK(to_base64(as_bytes("fo")) == "Zm8=");
  for (const auto broken : {"Zm\n8=", "Zm8=\r\n", "\nZ\r\nm8=", "Zm8\n="})
    CHECK(from_base64(broken) == "fo");  // line breaks are skipped, as Go does
  CHECK(from_base64("Zm8") == "fo");     // some tools write docker's config.json without padding
  for (const auto bad : {"Z", "Zm9", "Zm8*", "Z m8=", "Zm8==="}) CHECK(from_base64(bad) == std::nullopt);
}

TEST_CASE("JSON strings are escaped as Go's encoding/json escapes them") {
  CHECK(json_escaped("a<b>&c") == "a\\u003cb\\u003e\\u0026c");
  CHECK(json_escaped("\"\\\n\r\t\b\f\x01") == "\\\"\\\\\\n\\r\\t\\b\\f\\u0001");
  CHECK(json_escaped("\u2028\u2029é/\x7f") == "\\u2028\\u2029é/\x7f");
  CHECK(json_escaped("a\xff\xc3") == "a\\ufffd\\ufffd");
  CHECK(json_escaped("\xed\xa0\x80") == "\\ufffd\\ufffd\\ufffd");  // a surrogate is not UTF-8
}

TEST_CASE("json_printable() escapes control characters and means the same JSON") {
  CHECK(json_printable("a\n\x7f\u0080\u009f\u00a0é") == "a\\n\\u007f\\u0080\\u009f\u00a0é");
  // U+202A, U+202E, U+2066 and U+2069 as bytes, so that they do not turn this line.
  const std::string turns = {'\xe2', '\x80', '\xaa', '\xe2', '\x80', '\xae',
                             '\xe2', '\x81', '\xa6', '\xe2', '\x81', '\xa9'};
  CHECK(json_printable(turns + "\u202f\u206a") == "\\u202a\\u202e\\u2066\\u2069\u202f\u206a");
  CHECK(json_printable("\x9b\U0001f600<") == "\\ufffd\U0001f600\\u003c");
}

TEST_CASE("to_number() accepts decimal numbers without sign and in range") {
  CHECK(to_number("0") == 0);
  CHECK(to_number("18446744073709551615") == 18446744073709551615U);
  for (const auto bad : {"", " 1", "1 ", "+1", "-1", "0x1", "18446744073709551616"}) CHECK(!to_number(bad));
}

TEST_CASE("from_hex() accepts lower-case digits of the exact length") {
  std::array<std::byte, 2> out{};
  CHECK(from_hex("0aff", out));
  CHECK(to_hex(out) == "0aff");
  for (const auto bad : {"", "0af", "0aff0", "0AFF", "0agf"}) CHECK(!from_hex(bad, out));
}

TEST_CASE("split() and trim() return what is between separators and blanks") {
  CHECK(split("a,,b", ',') == std::vector<std::string_view>{"a", "", "b"});
  CHECK(split("", ',') == std::vector<std::string_view>{""});
  CHECK(trim(" \t a b\r\n") == "a b");
  CHECK(trim("  ").empty());
}

TEST_CASE("unpaired surrogates and bytes that are not UTF-8 become U+FFFD, as in Go") {
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
