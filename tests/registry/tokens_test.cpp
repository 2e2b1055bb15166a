#include "acedt/registry/tokens.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

#include "support/failure.hpp"

using namespace acedt;
using namespace acedt::registry;
using testing::failure;
using namespace std::literals;

namespace {

http::Challenge challenge(std::map<std::string, std::string> parameters) {
  return {"bearer", std::move(parameters)};
}

const std::string realm = "https://auth.example.com/token";
const std::string scope = "repository:a/b:pull";

}  // namespace

TEST_CASE("a token is asked for with the service and each scope once") {
  struct Case {
    std::map<std::string, std::string> parameters;
    std::string target;
  };
  const std::vector<Case> cases = {
      {{{"realm", realm}, {"service", "reg one"}}, "/token?service=reg%20one&scope=repository%3Aa%2Fb%3Apull"},
      {{{"realm", realm}, {"scope", scope}}, "/token?scope=repository%3Aa%2Fb%3Apull"},
      {{{"realm", realm}, {"scope", "registry:catalog:*  " + scope}},
       "/token?scope=registry%3Acatalog%3A%2A&scope=repository%3Aa%2Fb%3Apull"},
      {{{"realm", realm + "?account=x"}}, "/token?account=x&scope=repository%3Aa%2Fb%3Apull"},
  };
  for (const Case& one : cases) {
    const TokenHttpRequest token = token_request(challenge(one.parameters), scope, std::nullopt);
    CHECK(token.request.method == "GET");
    CHECK(token.request.target == one.target);
    CHECK(token.url.target == one.target);
    CHECK(token.url.origin.text() == "https://auth.example.com");
    CHECK_FALSE(token.request.fields.get("Authorization"));
  }
}

TEST_CASE("a token for two repositories is asked for by one request with two scopes") {
  const std::string both = "repository:c/d:pull repository:a/b:pull,push";
  const std::string asked = "/token?scope=repository%3Aa%2Fb%3Apull%2Cpush&scope=repository%3Ac%2Fd%3Apull";
  for (const std::string& named :
       {""s, "repository:a/b:pull,push repository:c/d:pull"s, "repository:c/d:pull repository:a/b:pull"s}) {
    CAPTURE(named);
    const auto request = token_request(challenge({{"realm", realm}, {"scope", named}}), both, std::nullopt);
    CHECK(request.request.target == asked);
  }
}

TEST_CASE("a password goes to the token server as Basic") {
  const Login login{"Aladdin", Secret("open sesame")};
  const TokenHttpRequest token = token_request(challenge({{"realm", realm}}), scope, login);
  CHECK(token.request.fields.get("Authorization") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");  // RFC 7617 section 2
  CHECK(token.request.body.empty());
}

TEST_CASE("an identity token is exchanged by a form") {
  const Login login{"ada", Secret("unused"), Secret("re+fresh/")};
  const TokenHttpRequest token = token_request(challenge({{"realm", realm}, {"service", "reg"}}), scope, login);
  CHECK(token.request.method == "POST");
  CHECK(token.request.target == "/token");
  CHECK(token.request.fields.get("Content-Type") == "application/x-www-form-urlencoded");
  CHECK_FALSE(token.request.fields.get("Authorization"));
  CHECK(token.request.body ==
        "grant_type=refresh_token&client_id=ace-dt&service=reg&scope=repository%3Aa%2Fb%3Apull"
        "&refresh_token=re%2Bfresh%2F");
}

TEST_CASE("a challenge without a realm is refused") {
  for (const auto& parameters :
       std::vector<std::map<std::string, std::string>>{{},
                                                       {{"service", "x"}},
                                                       {{"realm", ""}},
                                                       {{"realm", "registry"}},
                                                       {{"realm", "ftp://x/"}},
                                                       {{"realm", "/t"}},
                                                       {{"realm", "https://"}},
                                                       {{"realm", "https://user:pw@auth.example.com/"}},
                                                       {{"realm", "https://a b/"}}}) {
    CHECK_FALSE(
        failure(ErrorKind::bad_input, [&] { token_request(challenge(parameters), scope, std::nullopt); }).empty());
  }
}

namespace {

const auto now = std::chrono::sys_days(std::chrono::year(2026) / 1 / 31) + 12h;

std::string token_in(std::string_view json) {
  return parse_token(json, now).value.reveal();
}

std::chrono::seconds lifetime_in(const std::string& members) {
  return parse_token(R"({"token":"a")" + members + "}", now).lifetime;
}

}  // namespace

TEST_CASE("the token is read from the answer, access_token first") {
  CHECK(token_in(R"({"token":"a"})") == "a");
  CHECK(token_in(R"({"access_token":"a"})") == "a");
  CHECK(token_in(R"({"token":"a","access_token":"b","expires_in":300})") == "b");
  CHECK(token_in(R"({"token":"a","access_token":""})") == "a");
  CHECK(token_in(R"({"token":"a","account":"\ud83d"})") == "a");
  CHECK(token_in(R"({"token":"a","access_token":null})") == "a");
}

TEST_CASE("an answer without a token is refused") {
  for (const auto* text :
       {"", "{", "[]", "null", "\"token\"", "{}", R"({"token":""})", R"({"token":7})", R"({"token":null})",
        R"({"Token":"a"})", R"({"details":"no"})", "<html>", "\xff\xfe", R"({"token":"a")", R"([{"token":"a"}])"}) {
    CAPTURE(text);
    CHECK_FALSE(failure(ErrorKind::bad_input, [&] { parse_token(text, now); }).empty());
  }
}

TEST_CASE("a token lives for as long as the server says, from when it was issued") {
  CHECK(lifetime_in("") == 60s);
  CHECK(lifetime_in(R"(,"expires_in":300)") == 300s);
  CHECK(lifetime_in(R"(,"expires_in":300,"issued_at":"2026-01-31T11:59:00Z")") == 240s);
  CHECK(lifetime_in(R"(,"expires_in":300,"issued_at":"2026-01-31T12:59:00.5+01:00")") == 240s);
  CHECK(lifetime_in(R"(,"issued_at":"2026-01-31T11:59:50Z")") == 50s);
  CHECK(lifetime_in(R"(,"expires_in":1e9)") == 24h);
}

TEST_CASE("a lifetime that cannot be does not count") {
  CHECK(lifetime_in(R"(,"expires_in":-5)") == 60s);
  CHECK(lifetime_in(R"(,"expires_in":0)") == 60s);
  CHECK(lifetime_in(R"(,"expires_in":"300")") == 60s);
  for (const auto* time :
       {"2025-01-31T12:00:00Z", "2027-01-31T12:00:00Z", "yesterday", "2026-13-40T12:00:00Z", "2026-01-31T11:59"}) {
    CAPTURE(time);
    CHECK(lifetime_in(R"(,"expires_in":300,"issued_at":")" + std::string(time) + "\"") == 300s);
  }
}

TEST_CASE("a token server gets a password only if it belongs to the registry and the path is private") {
  struct Case {
    std::string server;
    std::string registry;
    bool may;
  };
  const std::vector<Case> cases = {
      {"https://reg.example.com/token", "https://reg.example.com", true},
      {"https://reg.example.com:8443/token", "https://reg.example.com", true},
      {"https://auth.example.com", "https://reg.example.com", true},
      {"https://auth.docker.io/token", "https://registry-1.docker.io", true},
      {"https://gitlab.com/jwt/auth", "https://registry.gitlab.com", true},
      {"https://auth.example.co.uk", "https://reg.example.co.uk", true},
      {"http://127.0.0.1:5001", "http://127.0.0.1:5000", true},
      {"http://localhost:5001", "http://127.0.0.1:5000", true},
      {"http://lab.example.com/token", "http://lab.example.com:5000", true},
      {"http://reg.example.com/token", "https://reg.example.com", false},
      {"http://auth.example.com", "http://reg.example.com", false},
      {"https://evil.test/token", "https://reg.example.com", false},
      {"https://reg.example.com.evil.test", "https://reg.example.com", false},
      {"https://evilexample.com", "https://reg.example.com", false},
      {"https://other.co.uk", "https://reg.example.co.uk", false},
      {"https://b.s3.amazonaws.com", "https://a.dkr.ecr.us-east-1.amazonaws.com", false},
      {"https://mallory.github.io", "https://ada.github.io", false},
      {"https://mallory.jfrog.io", "https://ada.jfrog.io", false},
      {"https://ada.jfrog.io/token", "https://ada.jfrog.io", true},
      {"https://10.0.0.2", "https://10.0.0.1", false},
      {"https://com", "https://example.com", false},
      {"http://127.0.0.1:5001", "https://reg.example.com", false},
  };
  for (const Case& one : cases) {
    CAPTURE(one.server);
    CAPTURE(one.registry);
    CHECK(registry::may_have_password(http::Url::parse(one.server).origin, http::Url::parse(one.registry).origin) ==
          one.may);
  }
}
