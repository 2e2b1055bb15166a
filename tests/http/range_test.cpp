#include "acedt/http/range.hpp"

#include <doctest/doctest.h>

using namespace acedt::http;

TEST_CASE("a range is asked for with or without an end") {
  CHECK(range_from(0) == "bytes=0-");
  CHECK(range_from(5, 5) == "bytes=5-5");
  CHECK(range_from(0, 18446744073709551615U) == "bytes=0-18446744073709551615");
}

TEST_CASE("a content range says where its bytes belong") {
  const auto whole = parse_content_range("bytes 5-9/10");
  REQUIRE(whole);
  CHECK(whole->first == 5);
  CHECK(whole->last == 9);
  CHECK(whole->complete == 10);

  const auto open = parse_content_range("Bytes 0-0/*");
  REQUIRE(open);
  CHECK(open->last == 0);
  CHECK(open->complete == std::nullopt);
  CHECK(parse_content_range("bytes 0-18446744073709551614/18446744073709551615"));
}

TEST_CASE("a content range that makes no sense is none") {
  for (const auto field : {"",
                           "bytes",
                           "bytes ",
                           "bytes */10",
                           "bytes 0-9",
                           "bytes 0-9/",
                           "bytes 0/9",
                           "bytes -9/10",
                           "bytes 0-/10",
                           "bytes 9-5/10",
                           "bytes 0-10/10",
                           "bytes 0-9/5",
                           "bytes 0-9/x",
                           "bytes 0-9/-1",
                           "bytes +0-9/10",
                           "bytes 0x0-9/10",
                           "bytes=0-9/10",
                           "bytes  0-9/10",
                           "bytes 0 - 9 / 10",
                           "bytes 0-9/10 ",
                           "bytes 0-9/10/11",
                           "bytes 0-9-9/10",
                           "items 0-9/10",
                           "0-9/10",
                           "/-bytes 0",
                           "bytes 0-18446744073709551615/*",
                           "bytes 0-18446744073709551616/*",
                           "bytes 0-9/**"}) {
    CAPTURE(field);
    CHECK_FALSE(parse_content_range(field));
  }
}
