#include "acedt/http/field_values.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace acedt::http;
using namespace std::chrono;
using namespace std::literals;

namespace {

/// "scheme name=value name=value; scheme"
std::string read(std::string_view field) {
  std::string text;
  for (const auto& [scheme, parameters] : parse_challenges(field)) {
    text += (text.empty() ? "" : "; ") + scheme;
    for (const auto& [name, value] : parameters) text += " " + name + "=" + value;
  }
  return text;
}

/// Sun, 06 Nov 1994 08:49:37.5 GMT
constexpr system_clock::time_point now =
    sys_days(1994y / November / 6) + 8h + 49min + 37s + duration_cast<system_clock::duration>(500ms);

auto wait_for(std::string_view field) {
  return parse_retry_after(field, now);
}

}  // namespace

TEST_CASE("a challenge has a scheme and parameters") {
  CHECK(
      read(
          R"(Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push")") ==
      "bearer realm=https://auth.docker.io/token scope=repository:a/b:pull,push service=registry.docker.io");
  CHECK(read("BASIC Realm = \"a b\" , charset=UTF-8") == "basic charset=UTF-8 realm=a b");
  CHECK(read(R"(Basic realm="a \"quoted\" \\ word")") == R"(basic realm=a "quoted" \ word)");
  CHECK(read("Bearer realm=https://a/token,service=b") == "bearer realm=https://a/token service=b");
  CHECK(read("Negotiate") == "negotiate");
}

TEST_CASE("several challenges may share a field") {
  CHECK(read(R"(Bearer realm="a", Basic realm="b", error="c")") == "bearer realm=a; basic error=c realm=b");
  CHECK(read("Negotiate, NTLM TlRMTVNTUAAC/+a==, Basic realm=x") == "negotiate; ntlm; basic realm=x");
  CHECK(read("Negotiate YII= , , Basic") == "negotiate; basic");
  CHECK(read("Negotiate a/b") == "negotiate");
}

TEST_CASE("what cannot be read of a challenge is left out") {
  for (const auto& [field, expected] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"", ""},
           {" , \t,,", ""},
           {"@", ""},
           {"realm=\"x\"", ""},
           {"=", ""},
           {"\"Bearer\"", ""},
           {"@ Basic, Bearer realm=a", "bearer realm=a"},
           {"Bearer realm=\"a", "bearer"},
           {"Bearer realm=\"a\\", "bearer"},
           {"Bearer realm=\"a\\\"", "bearer"},
           {"Bearer realm", "bearer"},
           {"Bearer realm=", "bearer"},
           {"Bearer realm=,service=b", "bearer service=b"},
           {"Bearer =a, service=b", ""},
           {"Bearer realm=a, @, service=b", "bearer realm=a service=b"},
           {"Bearer realm=a, realm=b", "bearer realm=a"},
           {"Bearer realm=\"a\"service=b", "bearer realm=a service=b"},
           {"Bearer realm=\"a\" service=b", "bearer realm=a service=b"},
           {"Bearer\trealm=a", "bearer realm=a"},
           {"Bearer realm=\"\"", "bearer realm="},
       }) {
    CAPTURE(field);
    CHECK(read(field) == expected);
  }
}

TEST_CASE("every prefix of a challenge can be parsed") {
  constexpr std::string_view field = R"(Bearer realm="a\"b",service=c, Basic realm="d", Negotiate e==)";
  for (std::size_t size = 1; size <= field.size(); ++size) {
    const std::string copy(field.substr(0, size));
    CHECK_FALSE(parse_challenges(copy).empty());
  }
}

TEST_CASE("the next page is the link with rel=next") {
  CHECK(next_link(R"(</v2/a/tags/list?n=2&last=b>; rel="next")") == "/v2/a/tags/list?n=2&last=b");
  CHECK(next_link("<https://a/b>;rel=NEXT") == "https://a/b");
  CHECK(next_link("<a,b;c>; title=\"x, <y>; rel=next\"; REL = \"prev next\"") == "a,b;c");
  CHECK(next_link("<a>; rel=prev, <b>; rel=next, <c>; rel=next") == "b");
  CHECK(next_link("<a>; flag; rel=next") == "a");
  CHECK(next_link("<a>;; rel=next;") == "a");
  CHECK(next_link("garbage, <a>; rel=next") == "a");
  CHECK(next_link("<a> garbage, <b>; rel=next") == "b");
}

TEST_CASE("without a link with rel=next there is no next page") {
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

TEST_CASE("a quota is a number of requests, with or without its period") {
  struct Case {
    std::string field;
    std::optional<Quota> quota;
  };
  const std::vector<Case> cases = {
      {"100;w=21600", Quota{100, 21600s}},
      {"0;w=21600", Quota{0, 21600s}},
      {" 76 ; w=60 ", Quota{76, 60s}},
      {"76", Quota{76, 0s}},
      {"76;policy=x;w=5", Quota{76, 5s}},
      {"76;w=soon", Quota{76, 0s}},
      {"76;w=99999999999999", Quota{76, 0s}},
      {"", std::nullopt},
      {"many;w=60", std::nullopt},
      {"-1;w=60", std::nullopt},
      {"99999999999999999999", std::nullopt},
  };
  for (const Case& one : cases) {
    CAPTURE(one.field);
    CHECK(parse_quota(one.field) == one.quota);
  }
}

TEST_CASE("a Range field has an end or none") {
  CHECK(range_from(0) == "bytes=0-");
  CHECK(range_from(5, 5) == "bytes=5-5");
  CHECK(range_from(0, 18446744073709551615U) == "bytes=0-18446744073709551615");
}

TEST_CASE("a Content-Range gives the position of its bytes") {
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

TEST_CASE("an invalid Content-Range is unset") {
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

TEST_CASE("a Retry-After in seconds is that number") {
  CHECK(wait_for("0") == 0s);
  CHECK(wait_for("120") == 120s);
}

TEST_CASE("a wait until a date counts from now, in all three forms of a date") {
  CHECK(wait_for("Sun, 06 Nov 1994 08:50:07 GMT") == 30s);
  CHECK(wait_for("Sunday, 06-Nov-94 08:50:07 GMT") == 30s);
  CHECK(wait_for("Sun Nov  6 08:50:07 1994") == 30s);
  CHECK(wait_for("Thu Dec 29 08:49:37 1994") == 53 * 24h);
  CHECK(wait_for("Sat, 31 Dec 1994 23:59:60 GMT") == 55 * 24h + 15h + 10min + 23s);
}

TEST_CASE("a date that has passed means not to wait") {
  CHECK(wait_for("Sun, 06 Nov 1994 08:49:37 GMT") == 0s);
  CHECK(wait_for("Thu, 01 Jan 1970 00:00:00 GMT") == 0s);
  CHECK(wait_for("Sunday, 06-Nov-45 08:49:37 GMT") == 0s);  // 51 years ahead can only be 1945
}

TEST_CASE("no wait is longer than a year") {
  for (const auto field : {"31536001", "18446744073709551615", "18446744073709551616", "Fri, 31 Dec 9999 23:59:59 GMT",
                           "Sunday, 06-Nov-96 08:49:38 GMT", "Fri Dec 31 23:59:59 9999"})
    CHECK(wait_for(field) == 365 * 24h);
}

TEST_CASE("a Retry-After that cannot be read is unset") {
  for (const auto field : {"",
                           " ",
                           "-1",
                           "+1",
                           "1.5",
                           "1s",
                           "soon",
                           "Sun, 06 Nov 1994 08:49:37",
                           "Sun, 06 Nov 1994 08:49:37 CET",
                           "Sun, 06 Nov 1994 08:49:37 GMT ",
                           "Sun, 06 Nov 94 08:49:37 GMT",
                           "Sun, 00 Nov 1994 08:49:37 GMT",
                           "Sun, 31 Nov 1994 08:49:37 GMT",
                           "Sun, -6 Nov 1994 08:49:37 GMT",
                           "Sun, 06 nov 1994 08:49:37 GMT",
                           "Sun, 06 anF 1994 08:49:37 GMT",
                           "Sun, 06 No 1994 08:49:37 GMT",
                           "Sun, 06 Nov 1994 24:49:37 GMT",
                           "Sun, 06 Nov 1994 08:60:37 GMT",
                           "Sun, 06 Nov 1994 08:49:61 GMT",
                           "Sun, 06 Nov 1994 08:-9:37 GMT",
                           "Sun, 06 Nov 1994 08:49 GMT",
                           "Sun, 06 Nov -994 08:49:37 GMT",
                           "Sunday, 06-Nov-1994 08:49:37 GMT",
                           "06 Nov 1994 08:49:37 GMT",
                           "Sun Nov  6 08:49:37 94",
                           "Sun Nov  6 08:49:37 1994 GMT"}) {
    CAPTURE(field);
    CHECK(wait_for(field) == std::nullopt);
  }
  CHECK(wait_for("Sun, 06 Nov 1994 08:50:07 GMT\0"sv) == std::nullopt);
}
