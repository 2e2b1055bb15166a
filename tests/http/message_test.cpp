#include "acedt/http/message.hpp"

#include <doctest/doctest.h>

#include "acedt/base/error.hpp"

using namespace acedt;
using namespace acedt::http;
using acedt::http::Fields;

TEST_CASE("a request is its line, its host, its fields and its body") {
  Request get;
  get.target = "/v2/a/manifests/1?x=y";
  get.fields.add("Accept", "a, b").add("Empty", "");
  CHECK(get.serialize("example.org:5000") ==
        "GET /v2/a/manifests/1?x=y HTTP/1.1\r\nHost: example.org:5000\r\nAccept: a, b\r\nEmpty: \r\n\r\n");

  const Request post{.method = "POST", .target = "/token", .body = "a=b"};
  CHECK(post.serialize("[::1]") == "POST /token HTTP/1.1\r\nHost: [::1]\r\nContent-Length: 3\r\n\r\na=b");
}

TEST_CASE("no value can break out of its line, and the error does not show secrets") {
  Request request;
  request.fields.add("Authorization", "Bearer secret\r\nX: y");
  CHECK_THROWS_WITH_AS(request.serialize("a"), "field Authorization: not a valid name and value", Error);

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

TEST_CASE("the head of a response is its status line and its fields") {
  ResponseHead head{404};
  head.fields.add("Content-Length", "0");
  CHECK(head.serialize() == "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  CHECK(ResponseHead{299}.serialize() == "HTTP/1.1 299 \r\n\r\n");
  head.fields.add("Location", "/a\r\nX: y");
  CHECK_THROWS_AS(head.serialize(), Error);
}

TEST_CASE("fields are found whatever the case of their names, and keep their order") {
  Fields fields;
  fields.add("Accept", "a").add("ETag", "").add("ACCEPT", "b");
  CHECK(fields.get("accept") == "a");
  CHECK(fields.get("etag") == "");
  CHECK(fields.get("Accept-Encoding") == std::nullopt);
  CHECK(fields.all("aCCept") == std::vector<std::string_view>{"a", "b"});
  CHECK(fields.all("Host").empty());
  CHECK(fields.list()[2].first == "ACCEPT");
}
