#include "acedt/http/challenge.hpp"

#include <doctest/doctest.h>

using namespace acedt::http;

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

TEST_CASE("no prefix of a challenge makes trouble") {
  constexpr std::string_view field = R"(Bearer realm="a\"b",service=c, Basic realm="d", Negotiate e==)";
  for (std::size_t size = 1; size <= field.size(); ++size) {
    const std::string copy(field.substr(0, size));
    CHECK_FALSE(parse_challenges(copy).empty());
  }
}
