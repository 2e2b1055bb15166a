#include "acedt/http/retry_after.hpp"

#include <doctest/doctest.h>

using namespace acedt::http;
using namespace std::chrono;
using namespace std::literals;

namespace {

/// Sun, 06 Nov 1994 08:49:37.5 GMT
constexpr system_clock::time_point now =
    sys_days(1994y / November / 6) + 8h + 49min + 37s + duration_cast<system_clock::duration>(500ms);

auto wait_for(std::string_view field) {
  return parse_retry_after(field, now);
}

}  // namespace

TEST_CASE("a wait in seconds is itself") {
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

TEST_CASE("a wait that cannot be read is none") {
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
