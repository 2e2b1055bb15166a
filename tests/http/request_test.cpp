#include "acedt/http/request.hpp"

#include "acedt/base/error.hpp"

#include <doctest/doctest.h>

using namespace acedt;
using namespace acedt::http;

TEST_CASE("a request is its line, its host, its fields and its body") {
  Request get;
  get.target = "/v2/a/manifests/1?x=y";
  get.fields.add("Accept", "a, b").add("Empty", "");
  CHECK(get.serialize("example.org:5000") ==
        "GET /v2/a/manifests/1?x=y HTTP/1.1\r\nHost: example.org:5000\r\nAccept: a, b\r\nEmpty: \r\n\r\n");

  const Request post{.method = "POST", .target = "/token", .body = "a=b"};
  CHECK(post.serialize("[::1]") == "POST /token HTTP/1.1\r\nHost: [::1]\r\nContent-Length: 3\r\n\r\na=b");
}

TEST_CASE("nothing can break out of its line, and secrets do not show in the refusal") {
  Request request;
  request.fields.add("Authorization", "Bearer secret\r\nX: y");
  CHECK_THROWS_WITH_AS(request.serialize("a"), "request field Authorization: not a valid name and value", Error);

  const auto refused = [](Request each, std::string_view authority = "a") {
    CHECK_THROWS_AS(each.serialize(authority), Error);
  };
  for (const auto value : {"a\nb", "a\rb", "\x7f", "\x01"}) {
    Request each;
    each.fields.add("X", value);
    refused(each);
  }
  for (const auto name : {"", "a b", "a:", "a\n", "\xc3\xa4"}) {
    Request each;
    each.fields.add(name, "");
    refused(each);
  }
  for (const auto method : {"", "GET /", "G\r\n"}) refused({.method = method});
  for (const auto target : {"", "/ HTTP/1.1", "/a\r\nb", "/\t"}) refused({.target = target});
  refused({}, "a\r\nb");
}
