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

/// The login for a repository at `authority`, which no helper has.
std::optional<Login> login_in(const Credentials& credentials, std::string_view authority,
                              std::string_view repository = "team/app") {
  const auto found = credentials.find(authority, repository);
  if (found.empty()) return std::nullopt;
  if (const auto* error = std::get_if<Error>(&found.front())) throw Error(*error);
  return std::get<Login>(found.front());
}

/// What a config.json with one entry in `auths` says of reg.example.com.
std::optional<Login> login_of(const std::string& key, const std::string& entry,
                              std::string_view authority = "reg.example.com") {
  return login_in(Credentials::parse("{\"auths\":{\"" + key + "\":" + entry + "}}", "config.json"), authority);
}

/// "helper server" or "user", of each place where the login is looked for, in their order.
std::vector<std::string> sources(const std::string& json, std::string_view authority = "reg.example.com",
                                 std::string_view repository = "team/app") {
  std::vector<std::string> names;
  for (const auto& position : Credentials::parse(json, "config.json").find(authority, repository)) {
    if (const auto* login = std::get_if<Login>(&position)) {
      names.push_back(login->user);
    } else if (const auto* error = std::get_if<Error>(&position)) {
      names.emplace_back(error->what());
    } else {
      const auto& query = std::get<registry::HelperQuery>(position);
      names.push_back(query.helper + " " + query.server);
    }
  }
  return names;
}

using Places = std::vector<std::string>;

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
      {R"({"auth":")" + base64("00000000-0000-0000-0000-000000000000:") + R"(","identitytoken":"token"})",
       {"00000000-0000-0000-0000-000000000000", {}, Secret("token")}},
      {R"({"registrytoken":"token"})", {"", {}, {}, Secret("token")}},
      {R"({"username":"ada","password":"s3cret","email":"\ud83d@example.com"})", ada},
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
      {"reg.example.com/team/app", "reg.example.com", true},
      {"reg.example.com/tea", "reg.example.com", false},
      {"reg.example.com/other", "reg.example.com", false},
      {"REG.example.com", "reg.example.com", true},
      {"other.example.com", "reg.example.com", false},
      {"reg.example.com.evil.test", "reg.example.com", false},
      {"https://index.docker.io/v1/", "registry-1.docker.io", true},
      {"index.docker.io", "registry-1.docker.io", true},
      {"docker.io", "registry-1.docker.io", true},
      {"https://index.docker.io/v1/", "reg.example.com", false},
  };
  for (const Case& one : cases) {
    CAPTURE(one.key);
    CAPTURE(one.authority);
    CHECK(login_of(one.key, auth_of_ada, one.authority).has_value() == one.found);
  }
}

TEST_CASE("the entry of the host applies before that of a URL") {
  const std::string json = R"({"auths":{"https://reg.example.com/v1/":{"username":"old","password":"x"},)"
                           R"("reg.example.com":{"username":"new","password":"x"}}})";
  CHECK(login_in(Credentials::parse(json, "config.json"), "reg.example.com")->user == "new");
}

TEST_CASE("an entry without a password or token is no login") {
  for (const auto* entry :
       {"{}", R"({"username":"ada"})", R"({"auth":"YWRhOg=="})", R"({"email":"ada@example.com"})"}) {
    CAPTURE(entry);
    CHECK_FALSE(login_of("reg.example.com", entry));
  }
}

TEST_CASE("of several entries for a repository the longest applies") {
  const std::string json = R"({"auths":{
    "reg.example.com": {"username":"host","password":"x"},
    "reg.example.com/team": {"username":"team","password":"x"},
    "reg.example.com/team/app": {"username":"app","password":"x"}}})";
  CHECK(sources(json, "reg.example.com", "team/app") == Places{"app"});
  CHECK(sources(json, "reg.example.com", "team/app/sub") == Places{"app"});
  CHECK(sources(json, "reg.example.com", "team/other") == Places{"team"});
  CHECK(sources(json, "reg.example.com", "teams/app") == Places{"host"});
  CHECK(sources(json, "reg.example.com", "") == Places{"host"});
}

TEST_CASE("a helper is asked for the hosts that name it, or for all") {
  const std::string json = R"({"credsStore":"all","credHelpers":{"reg.example.com":"one","docker.io":"hub"}})";
  CHECK(sources(json) == Places{"one reg.example.com"});
  CHECK(sources(json, "other.example.com") == Places{"all other.example.com"});
  CHECK(sources(json, "registry-1.docker.io") == Places{"hub docker.io"});
  CHECK(sources(R"({"credsStore":"all"})", "registry-1.docker.io") == Places{"all https://index.docker.io/v1/"});
  CHECK(sources(R"({"credsStore":"","credHelpers":{}})").empty());
}

TEST_CASE("the entry of a repository applies before the helper, and the helper before the entry of the host") {
  const std::string json = R"({"credsStore":"all","auths":{
    "reg.example.com": {"username":"host","password":"x"},
    "reg.example.com/team": {"username":"team","password":"x"}}})";
  CHECK(sources(json) == Places{"team"});
  CHECK(sources(json, "reg.example.com", "other/app") == Places{"all reg.example.com", "host"});
}

TEST_CASE("a helper with an empty name means no helper for its host") {
  CHECK(sources(R"({"credsStore":"all","credHelpers":{"reg.example.com":""}})").empty());
}

TEST_CASE("an invalid helper name is an error with its line, for its hosts only") {
  const Places all = sources("{\n\"credsStore\": \"../evil\"}");
  REQUIRE(all.size() == 1);
  CHECK(all[0].starts_with("config.json:2: credsStore: want a name such as"));
  const std::string json = R"({"credHelpers":{"reg.example.com":"good","other.example":7}})";
  CHECK(sources(json) == Places{"good reg.example.com"});
  CHECK(sources(json, "other.example").front().starts_with("config.json:1: credHelpers of \"other.example\": "));
}

TEST_CASE("an entry that cannot be read is an error for its registry only, and the next source is tried") {
  for (const std::string entry : {R"({"auth":"!!!"})", "7", R"({"password":1})"}) {
    const std::string json = R"({"auths":{"other.example":)" + entry + R"(,"reg.example.com":)" + auth_of_ada +
                             R"(},"credHelpers":{"other.example":"good"}})";
    CHECK(sources(json) == Places{"ada"});
    const Places of_other = sources(json, "other.example");
    REQUIRE(of_other.size() == 2);
    CHECK(of_other[0] == "good other.example");
    CHECK(of_other[1].starts_with("config.json:1: "));
  }
}

TEST_CASE("a file that cannot be read is an error for every registry") {
  Credentials all = Credentials::unreadable(Error(ErrorKind::unauthorized, "not readable"));
  all.append(Credentials::parse("{\"auths\":{\"reg.example.com\":" + auth_of_ada + "}}", "2"));
  const auto found = all.find("reg.example.com", "a/b");
  REQUIRE(found.size() == 2);
  CHECK(std::string(std::get<Error>(found[0]).what()) == "not readable");
  CHECK(std::get<Login>(found[1]).user == "ada");
}

TEST_CASE("a file applies if the ones before it have no login") {
  Credentials all = Credentials::parse(R"({"auths":{"a":{"username":"first","password":"x"}}})", "1");
  all.append(Credentials::parse(
      R"({"auths":{"a":{"username":"2","password":"x"},"b":{"username":"second","password":"x"}}})", "2"));
  CHECK(login_in(all, "a")->user == "first");
  CHECK(login_in(all, "b")->user == "second");
  CHECK_FALSE(login_in(all, "c"));
}

TEST_CASE("a file without auths has no credentials") {
  for (const auto* text :
       {"", " \n", "{}", R"({"auths":{}})", R"({"auths":null})", R"({"auths":{"reg.example.com":null}})"}) {
    CAPTURE(text);
    CHECK(Credentials::parse(text, "config.json").find("reg.example.com", "team/app").empty());
  }
}

TEST_CASE("a file that is no JSON object is an error with its name") {
  for (const auto* text : {"[]", "7", "null", "\"auths\"", "{", "{\"auths\"}", "auths: {}", "{\"auths\":{}", "\xff"}) {
    CAPTURE(text);
    CHECK(failure(ErrorKind::unauthorized, [&] {
            Credentials::parse(text, "/etc/config.json");
          }).starts_with("/etc/config.json:1: "));
  }
}

TEST_CASE("an auth that is not base64 of user:password is an error that does not show it") {
  for (const std::string& auth : {"%%%"s, "YWRh*"s, base64("no colon"), "YWRhOnMzY3JldA=x"s}) {
    CAPTURE(auth);
    const std::string text =
        failure(ErrorKind::unauthorized, [&] { login_of("reg.example.com", R"({"auth":")" + auth + R"("})"); });
    CHECK(text == "config.json:1: the auth of \"reg.example.com\" is not base64 of user:password");
  }
}

TEST_CASE("every prefix of a file is read or refused") {
  const std::string whole = "{\"auths\":{\"reg.example.com\":" + auth_of_ada + "}}";
  for (std::size_t size = 1; size < whole.size(); ++size) {
    CHECK_FALSE(failure(ErrorKind::unauthorized, [&] { Credentials::parse(whole.substr(0, size), "f"); }).empty());
  }
}
