#include "acedt/registry/credentials.hpp"

#include <doctest/doctest.h>

#include <string>

#include "acedt/base/text.hpp"
#include "support/failure.hpp"

using namespace acedt;
using registry::Credentials;
using registry::Login;
using testing::failure;
using namespace std::literals;

namespace {

std::string base64(std::string_view text) {
  return to_base64(as_bytes(text));
}

/// What a config.json with one entry in `auths` says of reg.example.com.
std::optional<Login> login_of(const std::string& key, const std::string& entry,
                              std::string_view authority = "reg.example.com") {
  return Credentials::parse("{\"auths\":{\"" + key + "\":" + entry + "}}", "config.json").find(authority);
}

const Login ada{"ada", Secret("s3cret")};
const std::string auth_of_ada = "{\"auth\":\"" + base64("ada:s3cret") + "\"}";

}  // namespace

TEST_CASE("a login is read in each of the forms in which docker keeps it") {
  struct Case {
    std::string entry;
    Login login;
  };
  const std::vector<Case> cases = {
      {auth_of_ada, ada},
      {R"({"username":"ada","password":"s3cret"})", ada},
      {R"({"username":"bob","password":"x","auth":")" + base64("ada:s3cret") + "\"}", ada},
      {R"({"auth":")" + base64("ada:with:colon") + "\"}", {"ada", Secret("with:colon")}},
      {R"({"auth":")" + base64("ada:s3cret\0\0"sv) + "\"}", ada},
      {R"({"auth":")" + base64("ada:") + "\"}", {"ada"}},
      {R"({"auth":")" + base64("00000000-0000-0000-0000-000000000000:") + R"(","identitytoken":"token"})",
       {"00000000-0000-0000-0000-000000000000", {}, Secret("token")}},
      {R"({"registrytoken":"token"})", {"", {}, {}, Secret("token")}},
      {"{}", {}},
      {R"({"auth":7,"username":null,"email":"ada@example.com"})", {}},
  };
  for (const Case& one : cases) {
    CAPTURE(one.entry);
    CHECK(login_of("reg.example.com", one.entry) == one.login);
  }
}

TEST_CASE("a login is found by the host, and by a URL of it") {
  struct Case {
    std::string key;
    std::string authority;
    bool found;
  };
  const std::vector<Case> cases = {
      {"reg.example.com", "reg.example.com", true},
      {"reg.example.com:5000", "reg.example.com:5000", true},
      {"reg.example.com", "reg.example.com:5000", false},
      {"reg.example.com:5000", "reg.example.com", false},
      {"https://reg.example.com", "reg.example.com", true},
      {"https://reg.example.com/v1/", "reg.example.com", true},
      {"http://reg.example.com:5000/v2/", "reg.example.com:5000", true},
      {"reg.example.com/team", "reg.example.com", true},
      {"other.example.com", "reg.example.com", false},
      {"reg.example.com.evil.test", "reg.example.com", false},
      {"https://index.docker.io/v1/", "registry-1.docker.io", true},
      {"index.docker.io", "registry-1.docker.io", true},
      {"registry-1.docker.io", "docker.io", false},
      {"https://index.docker.io/v1/", "reg.example.com", false},
  };
  for (const Case& one : cases) {
    CAPTURE(one.key);
    CAPTURE(one.authority);
    CHECK(login_of(one.key, auth_of_ada, one.authority).has_value() == one.found);
  }
}

TEST_CASE("the entry of exactly that host goes before one that is a URL") {
  const std::string json = R"({"auths":{"https://reg.example.com/v1/":{"username":"old"},)"
                           R"("reg.example.com":{"username":"new"}}})";
  CHECK(Credentials::parse(json, "config.json").find("reg.example.com")->user == "new");
}

TEST_CASE("a file without auths has no credentials") {
  for (const auto* text : {"", " \n", "{}", R"({"credsStore":"desktop"})", R"({"auths":{}})", R"({"auths":null})",
                           R"({"auths":{"reg.example.com":null}})"}) {
    CAPTURE(text);
    CHECK_FALSE(Credentials::parse(text, "config.json").find("reg.example.com"));
  }
}

TEST_CASE("a file that is no JSON object is refused by its name") {
  for (const auto* text : {"[]", "7", "null", "\"auths\"", "{", "{\"auths\"}", "auths: {}", "{\"auths\":{}", "\xff"}) {
    CAPTURE(text);
    CHECK(failure(ErrorKind::unauthorized, [&] { Credentials::parse(text, "/etc/config.json"); }) ==
          "/etc/config.json: not a JSON object");
  }
}

TEST_CASE("an auth that is no base64 of user and password is refused, without showing it") {
  for (const std::string& auth : {"%%%"s, "YWRh*"s, base64("no colon"), "YWRhOnMzY3JldA=x"s}) {
    CAPTURE(auth);
    const std::string text =
        failure(ErrorKind::unauthorized, [&] { login_of("reg.example.com", "{\"auth\":\"" + auth + "\"}"); });
    CHECK(text == "config.json: the auth of \"reg.example.com\" is not base64 of user:password");
  }
}

TEST_CASE("every prefix of a file is read or refused") {
  const std::string whole = "{\"auths\":{\"reg.example.com\":" + auth_of_ada + "}}";
  for (std::size_t size = 1; size < whole.size(); ++size) {
    CHECK_FALSE(failure(ErrorKind::unauthorized, [&] { Credentials::parse(whole.substr(0, size), "f"); }).empty());
  }
}
