#include "acedt/http/fields.hpp"

#include <doctest/doctest.h>

using acedt::http::Fields;

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
