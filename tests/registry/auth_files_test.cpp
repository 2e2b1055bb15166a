#include "acedt/registry/auth_files.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <string>

#include "support/failure.hpp"
#include "support/scratch.hpp"

using namespace acedt;
using namespace acedt::registry;
using testing::failure;

namespace {

const Login ada{"ada", Secret("s3cret")};

std::string with_ada(std::string_view json, const std::string& key) {
  return with_entry(json, "auth.json", AuthKey::parse(key), ada);
}

std::string user_in(const std::string& json, std::string_view authority, std::string_view repository = "a/b") {
  const auto found = Credentials::parse(json, "auth.json").find(authority, repository);
  return found.empty() ? "" : std::get<Login>(found.front()).user;
}

}  // namespace

TEST_CASE("files are read in order, and missing ones are skipped") {
  const testing::Scratch scratch;
  const auto second = scratch.file("second", with_ada("", "reg.example.com"));
  const Credentials got = read_credentials({{scratch / "first", second}, ""});
  CHECK(std::get<Login>(got.find("reg.example.com", "a/b").at(0)).user == "ada");
}

TEST_CASE("a named file that is missing is an error with the flag or variable that names it") {
  const testing::Scratch scratch;
  const std::string text = failure(ErrorKind::usage, [&] {
    read_credentials({{scratch / "gone"}, "REGISTRY_AUTH_FILE"});
  });
  CHECK(text == "REGISTRY_AUTH_FILE: no such file: " + (scratch / "gone").string());
}

TEST_CASE("a named file that cannot be read, or is no auth file, is an error with its name") {
  const testing::Scratch scratch;
  const auto refusal = [](const std::filesystem::path& file) {
    return failure(ErrorKind::unauthorized, [&] { read_credentials({{file}, "REGISTRY_AUTH_FILE"}); });
  };
  const auto bad = scratch.file("bad", "{\n\"auths\": 7}");
  CHECK(refusal(bad).starts_with(bad.string() + ":2: "));
  CHECK(refusal(scratch.path()).find("credentials: ") == 0);
  const auto large = scratch.file("large", std::string(2 << 20, ' '));
  CHECK(refusal(large) == "credentials: " + large.string() + ": larger than 1 MiB");
  const auto fifo = scratch / "fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  CHECK(refusal(fifo).starts_with("credentials: " + fifo.string()));
}

TEST_CASE("a usual file that cannot be read is an error only for a registry without a login elsewhere") {
  const testing::Scratch scratch;
  const auto bad = scratch.file("bad", "{\n\"auths\": 7}");
  const auto good = scratch.file("good", with_ada("", "reg.example.com"));
  const auto found = read_credentials({{bad, scratch.path(), good}, ""}).find("reg.example.com", "a/b");
  REQUIRE(found.size() == 3);
  CHECK(std::string(std::get<Error>(found[0]).what()).starts_with(bad.string() + ":2: "));
  CHECK(std::string(std::get<Error>(found[1]).what()).starts_with("credentials: "));
  CHECK(std::get<Login>(found[2]).user == "ada");
}

TEST_CASE("/dev/null has no credentials") {
  CHECK(read_credentials({{"/dev/null"}, "REGISTRY_AUTH_FILE"}).find("reg.example.com", "a/b").empty());
}

TEST_CASE("a login is written as docker writes it") {
  CHECK(with_ada("", "reg.example.com") ==
        "{\n\t\"auths\": {\n\t\t\"reg.example.com\": {\n\t\t\t\"auth\": \"YWRhOnMzY3JldA==\"\n\t\t}\n\t}\n}\n");
}

TEST_CASE("a login for Docker Hub is written under docker's key, by whatever name") {
  for (const auto* name : {"docker.io", "index.docker.io", "https://index.docker.io/v1/"})
    CHECK(with_ada("", name).find("\"https://index.docker.io/v1/\": {") != std::string::npos);
}

TEST_CASE("the rest of the file stays byte for byte") {
  const std::string before =
      "{ \"credsStore\" : \"x\",\r\n  \"auths\":{\"other.example.com\":{\"auth\":\"eDp5\"}},\n "
      "\"n\":[1,{\"auths\":2}]}";
  const std::string after = with_ada(before, "reg.example.com");
  CHECK(user_in(with_ada("{\"auths\":{\"other.example.com\":{\"auth\":\"eDp5\"}}}", "reg.example.com"),
                "other.example.com") == "x");
  CHECK(without_entry(after, "auth.json", AuthKey::parse("reg.example.com")).find("\"n\":[1,{\"auths\":2}]") !=
        std::string::npos);
  CHECK(after.find("{ \"credsStore\" : \"x\",\r\n") == 0);
  CHECK(without_entry(before, "auth.json", AuthKey::parse("reg.example.com")) == before);
}

TEST_CASE("a new login replaces every entry of the same scope") {
  const std::string before =
      R"({"auths":{"https://reg.example.com/v1/":{"auth":"eDp5"},"reg.example.com":{"auth":"eDp5"}}})";
  const std::string after = with_ada(before, "reg.example.com");
  CHECK(user_in(after, "reg.example.com") == "ada");
  CHECK(user_in(without_entry(after, "auth.json", AuthKey::parse("reg.example.com")), "reg.example.com").empty());
}

TEST_CASE("a login for some repositories is separate from the one for the registry") {
  const std::string both = with_ada(with_ada("", "reg.example.com/team"), "reg.example.com");
  const std::string one = without_entry(both, "auth.json", AuthKey::parse("reg.example.com"));
  CHECK(user_in(one, "reg.example.com", "team/app") == "ada");
  CHECK(user_in(one, "reg.example.com", "other/app").empty());
}

TEST_CASE("a file that is no auth file is not overwritten") {
  for (const auto* text : {"[]", "{", "auths", R"({"auths":[]})"}) {
    CAPTURE(text);
    CHECK_FALSE(failure(ErrorKind::unauthorized, [&] { with_ada(text, "reg.example.com"); }).empty());
  }
}
