#include "acedt/registry/logins.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

#include "support/failure.hpp"

using namespace acedt;
using namespace acedt::registry;
using testing::failure;

namespace {

const HelperQuery query{"pass", "reg.example.com", "config.json:3"};

std::optional<Login> answer(const std::string& output, int status = 0, const std::string& errors = "") {
  return login_of_helper(query, ProcessResult{status, output, errors});
}

std::string refusal(const std::optional<ProcessResult>& result) {
  return failure(ErrorKind::unauthorized, [&] { login_of_helper(query, result); });
}

const std::string who = "config.json:3: login of reg.example.com: docker-credential-pass";

}  // namespace

TEST_CASE("a helper answers with a user and a password, or with an identity token") {
  CHECK(answer(R"({"ServerURL":"reg.example.com","Username":"ada","Secret":"s3cret"})") ==
        Login{"ada", Secret("s3cret")});
  CHECK(answer(R"({"Username":"<token>","Secret":"id"})") == Login{"", {}, Secret("id")});
}

TEST_CASE("a helper that has no login says so in the words of all helpers") {
  CHECK(answer("credentials not found in native keychain\n", 1) == std::nullopt);
  CHECK(answer("", 1, "credentials not found in native keychain") == std::nullopt);
  CHECK(answer(R"({"Username":"","Secret":""})") == std::nullopt);
}

TEST_CASE("a helper that is missing or fails is named, with its position in the file") {
  CHECK(refusal(std::nullopt) == who + " is not in PATH");
  CHECK(refusal(ProcessResult{2, "the store is locked\nmore", ""}) ==
        who + " get failed with status 2: the store is locked");
  CHECK(refusal(ProcessResult{1, "", "\x1b[2J boom"}) == who + " get failed with status 1: \\u001b[2J boom");
}

TEST_CASE("an invalid response of a helper is an error that does not show it") {
  CHECK(refusal(ProcessResult{0, "s3cret", ""}) == who + " get: the answer is no JSON object");
  CHECK(refusal(ProcessResult{0, R"({"Secret":"s3cret"})", ""}) == who + " get: the answer has no Username and Secret");
  CHECK(refusal(ProcessResult{1, R"({"Secret":"s3cret"})", ""}) == who + " get failed with status 1");
}

TEST_CASE("there is no such helper") {
  const HelperQuery missing{"acedt-no-such-helper", "reg.example.com", "f:1"};
  for (const auto& ask : std::vector<std::function<void()>>{[&] { ask_helper(missing); },
                                                            [&] {
                                                              store_in_helper(missing, {"a", Secret("b")});
                                                            },
                                                            [&] { erase_from_helper(missing); }}) {
    CHECK(failure(ErrorKind::unauthorized, ask) ==
          "f:1: login of reg.example.com: docker-credential-acedt-no-such-helper is not in PATH");
  }
}
