#include "acedt/http/quota.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace acedt;
using namespace std::chrono_literals;

TEST_CASE("what is left of a quota is a number, and perhaps the time that it is for") {
  struct Case {
    std::string field;
    std::optional<http::Quota> quota;
  };
  const std::vector<Case> cases = {
      {"100;w=21600", http::Quota{100, 21600s}},
      {"0;w=21600", http::Quota{0, 21600s}},
      {" 76 ; w=60 ", http::Quota{76, 60s}},
      {"76", http::Quota{76, 0s}},
      {"76;policy=x;w=5", http::Quota{76, 5s}},
      {"76;w=soon", http::Quota{76, 0s}},
      {"76;w=99999999999999", http::Quota{76, 0s}},
      {"", std::nullopt},
      {"many;w=60", std::nullopt},
      {"-1;w=60", std::nullopt},
      {"99999999999999999999", std::nullopt},
  };
  for (const Case& one : cases) {
    CAPTURE(one.field);
    CHECK(http::parse_quota(one.field) == one.quota);
  }
}
