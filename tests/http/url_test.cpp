#include "acedt/http/url.hpp"

#include "acedt/base/error.hpp"

#include <doctest/doctest.h>

#include "support/failure.hpp"

using namespace acedt;
using namespace acedt::http;
using namespace std::literals;

namespace {

/// The parts of a URL, apart.
std::string parts(std::string_view text) {
  const Url url = Url::parse(text);
  return (url.origin.tls ? "tls " : "plain ") + url.origin.host + " " + std::to_string(url.origin.port) + " " +
         url.target;
}

std::string resolved(std::string_view base, std::string_view location) {
  const Url url = Url::parse(base).resolve(location);
  return url.origin.text() + url.target;
}

}  // namespace

TEST_CASE("a URL has a scheme, a host, a port and a target") {
  CHECK(parts("https://example.org") == "tls example.org 443 /");
  CHECK(parts("HTTP://Example.ORG:8080/A?b=/C#d") == "plain example.org 8080 /A?b=/C");
  CHECK(parts("http://localhost:/a") == "plain localhost 80 /a");
  CHECK(parts("https://a?b") == "tls a 443 /?b");
  CHECK(parts("https://a#b/c") == "tls a 443 /");
  CHECK(parts("https://[2001:DB8::1]:5000/x@y:z") == "tls 2001:db8::1 5000 /x@y:z");
  CHECK(parts("https://[::1]") == "tls ::1 443 /");
  CHECK(parts("http://my_registry.local:65535") == "plain my_registry.local 65535 /");
}

TEST_CASE("anything but an http or https URL is refused") {
  for (const auto text : {"",
                          "example.org",
                          "//example.org",
                          "ftp://a/",
                          "https:/a",
                          "https:a",
                          "https://",
                          "https:///a",
                          "https://:443",
                          "https://a:0",
                          "https://a:65536",
                          "https://a:x",
                          "https://a:-1",
                          "https://a:1:2",
                          "https://a b",
                          "https://a/b c",
                          "https://a/\r\nX: y",
                          "https://a/\t",
                          "https://a/\x7f",
                          "https://a%41/",
                          "https://a\\b",
                          "https://\xc3\xa4/",
                          "https://[",
                          "https://[]",
                          "https://[::1",
                          "https://[::1]x",
                          "https://[::g]",
                          "https://[1.2.3.4]",
                          "https://::1",
                          "https://user@a/",
                          "https://user:password@a/",
                          "https://a@b@c/"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(Url::parse(text), Error);
  }
  CHECK_THROWS_AS(Url::parse("https://a/\0b"sv), Error);
  CHECK_THROWS_AS(Url::parse("https://" + std::string(254, 'a')), Error);
}

TEST_CASE("the refusal of a URL shows neither its query nor its user") {
  CHECK_THROWS_WITH(Url::parse("https://me:secret@a/b?sig=secret"),
                    "url \"https://...@a/b\": user information is not allowed");
  for (const char* const text : {"https://me:secret#1@a", "https://me:secret/1@a", "https://me:secret?1@a",
                                 "https://me:secret?@1@a b", "ftp://me:secret@a"}) {
    const std::string what = acedt::testing::failure(ErrorKind::bad_input, [&] { Url::parse(text); });
    CHECK_MESSAGE(what.find("secret") == what.npos, what);
    CHECK_MESSAGE(what.find("me") == what.npos, what);
  }
  CHECK_THROWS_WITH(Url::parse("https://a:0/b?sig=secret"), "url \"https://a:0/b\": port is not from 1 to 65535");
}

TEST_CASE("an origin is written without the port that its scheme implies") {
  CHECK(Origin{.tls = true, .host = "a", .port = 443}.authority() == "a");
  CHECK(Origin{.tls = true, .host = "a", .port = 80}.text() == "https://a:80");
  CHECK(Origin{.tls = false, .host = "a", .port = 80}.text() == "http://a");
  CHECK(Origin{.tls = false, .host = "::1", .port = 5000}.authority() == "[::1]:5000");
}

TEST_CASE("a location means what RFC 3986 section 5.4 says") {
  const auto from_base = [](std::string_view location) { return resolved("http://a/b/c/d;p?q", location); };
  for (const auto& [location, expected] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"http:g", ""},
           {"http://g/h?i", "http://g/h?i"},
           {"HTTPS://g", "https://g/"},
           {"g", "http://a/b/c/g"},
           {"./g", "http://a/b/c/g"},
           {"g/", "http://a/b/c/g/"},
           {"/g", "http://a/g"},
           {"//g", "http://g/"},
           {"?y", "http://a/b/c/d;p?y"},
           {"g?y", "http://a/b/c/g?y"},
           {"#s", "http://a/b/c/d;p?q"},
           {"g?y#s", "http://a/b/c/g?y"},
           {";x", "http://a/b/c/;x"},
           {"", "http://a/b/c/d;p?q"},
           {".", "http://a/b/c/"},
           {"..", "http://a/b/"},
           {"../g", "http://a/b/g"},
           {"../../..", "http://a/"},
           {"../../../../g", "http://a/g"},
           {"/./g", "http://a/g"},
           {"/../g", "http://a/g"},
           {"g.", "http://a/b/c/g."},
           {"..g", "http://a/b/c/..g"},
           {"./g/.", "http://a/b/c/g/"},
           {"g/../h", "http://a/b/c/h"},
           {"g//h", "http://a/b/c/g//h"},
           {"g?y/../x", "http://a/b/c/g?y/../x"},
           {"http://g/x/../y", "http://g/y"},
           {"/g?next=http://x", "http://a/g?next=http://x"},
       }) {
    CAPTURE(location);
    if (expected.empty()) {
      CHECK_THROWS_AS(from_base(location), Error);
    } else {
      CHECK(from_base(location) == expected);
    }
  }
  CHECK(resolved("https://[::1]:5000/v2/", "/x") == "https://[::1]:5000/x");
  CHECK(resolved("https://a/v2/", "//b:1/x") == "https://b:1/x");
  CHECK_THROWS_AS(from_base("ftp://g"), Error);
  CHECK_THROWS_AS(from_base("//user@g"), Error);
  CHECK_THROWS_AS(from_base("/a\r\nb"), Error);
}

TEST_CASE("a URL is displayed without its query") {
  CHECK(Url::parse("https://A:5000/b/c?X-Signature=secret").display() == "https://a:5000/b/c");
  CHECK(Url::parse("http://a").display() == "http://a/");
}

TEST_CASE("all but unreserved characters are percent-encoded") {
  CHECK(percent_encoded("azAZ09-._~") == "azAZ09-._~");
  CHECK(percent_encoded("repository:a/b:pull,push \xff%+") == "repository%3Aa%2Fb%3Apull%2Cpush%20%FF%25%2B");
}
