#include "acedt/http/link.hpp"

#include <doctest/doctest.h>

using namespace acedt::http;

TEST_CASE("the next page is the link that says so") {
  CHECK(next_link(R"(</v2/a/tags/list?n=2&last=b>; rel="next")") == "/v2/a/tags/list?n=2&last=b");
  CHECK(next_link("<https://a/b>;rel=NEXT") == "https://a/b");
  CHECK(next_link("<a,b;c>; title=\"x, <y>; rel=next\"; REL = \"prev next\"") == "a,b;c");
  CHECK(next_link("<a>; rel=prev, <b>; rel=next, <c>; rel=next") == "b");
  CHECK(next_link("<a>; flag; rel=next") == "a");
  CHECK(next_link("<a>;; rel=next;") == "a");
  CHECK(next_link("garbage, <a>; rel=next") == "a");
  CHECK(next_link("<a> garbage, <b>; rel=next") == "b");
}

TEST_CASE("there is no next page where no link says so") {
  for (const auto field : {"",
                           ",",
                           "<",
                           ">",
                           "<a",
                           "<a>",
                           "a; rel=next",
                           "<a> rel=next",
                           "<a>; rel=prev",
                           "<a>; rel",
                           "<a>; rel=",
                           "<a>; rel=\"next",
                           "<a>; rel=nextpage",
                           "<a>; rel=\"next-page\"",
                           "<a>; rev=next",
                           "<a>; title=\"; rel=next\"",
                           "<a>; rel=prev; rel=next",
                           "<a>, rel=next",
                           "<a rel=next",
                           "\"<a>; rel=next\""}) {
    CAPTURE(field);
    CHECK(next_link(field) == std::nullopt);
  }
}
