#include "acedt/registry/problem.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace acedt;
using namespace acedt::registry;

namespace {

/// What throw_problem() throws, kept as what it is.
template <class Kept>
std::optional<Kept> problem(int status, std::string_view body, http::Fields fields = {},
                            std::string_view target = "/v2/a/manifests/v1") {
  try {
    throw_problem(http::ResponseHead{status, std::move(fields)}, body, "reg.example.com", target);
  } catch (const Error& error) {
    const auto* kept = dynamic_cast<const Kept*>(&error);
    return kept == nullptr ? std::nullopt : std::optional(*kept);
  }
}

}  // namespace

TEST_CASE("the hint for a 404 is about what is not there") {
  const auto hint = [](std::string_view target) { return problem<Error>(404, "", {}, target)->hint(); };
  CHECK(hint("/v2/a/manifests/v1").starts_with("check the repository and the tag;"));
  CHECK(hint("/v2/a/manifests/sha256:01").starts_with("check the repository and the digest;"));
  CHECK(hint("/token?scope=a").starts_with("check that reg.example.com is a registry"));
  CHECK(hint("/v2/a/blobs/sha256:01").empty());
}

TEST_CASE("a refusal says the status and what the registry says of it") {
  struct Case {
    int status;
    std::string body;
    ErrorKind kind;
    std::string text;
  };
  const std::vector<Case> cases = {
      {404, "", ErrorKind::not_found, "404 Not Found"},
      {404, R"({"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]})", ErrorKind::not_found,
       "404 Not Found: manifest_unknown: manifest unknown"},
      {404, R"({"errors":[{"code":"A"},{"message":"b"}]})", ErrorKind::not_found, "404 Not Found: a: b"},
      {404, R"({"errors":[]})", ErrorKind::not_found, "404 Not Found"},
      {404, R"({"errors":[7,null,{"code":7,"message":null}]})", ErrorKind::not_found, "404 Not Found"},
      {404, "<html>not here</html>", ErrorKind::not_found, "404 Not Found"},
      {404, R"({"errors":[{"message":"x)", ErrorKind::not_found, "404 Not Found"},
      {404, R"({"errors":[{"message":"a\nb\u001b[31m"}]})", ErrorKind::not_found, "404 Not Found: a\\nb\\u001b[31m"},
      {401, R"({"errors":[{"code":"UNAUTHORIZED"}]})", ErrorKind::unauthorized, "401 Unauthorized: unauthorized"},
      {403, R"({"errors":[{"code":"DENIED"}]})", ErrorKind::unauthorized, "403 Forbidden: denied"},
      {408, "", ErrorKind::unavailable, "408"},
      {425, "", ErrorKind::unavailable, "425"},
      {429, R"({"errors":[{"code":"TOOMANYREQUESTS"}]})", ErrorKind::rate_limited,
       "429 Too Many Requests: toomanyrequests"},
      {500, "", ErrorKind::unavailable, "500 Internal Server Error"},
      {502, "", ErrorKind::unavailable, "502 Bad Gateway"},
      {503, "", ErrorKind::unavailable, "503 Service Unavailable"},
      {504, "", ErrorKind::unavailable, "504 Gateway Timeout"},
      {599, "", ErrorKind::unavailable, "599"},
      {400, "", ErrorKind::bad_input, "400 Bad Request"},
      {405, "", ErrorKind::bad_input, "405 Method Not Allowed"},
      {416, "", ErrorKind::transport, "416 Range Not Satisfiable"},
      {204, "", ErrorKind::bad_input, "204 No Content"},
      {302, "", ErrorKind::bad_input, "302 Found"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.status);
    CAPTURE(one.body);
    const auto error = problem<Error>(one.status, one.body);
    REQUIRE(error);
    CHECK(error->kind() == one.kind);
    CHECK(error->what() == one.text);
  }
}

TEST_CASE("the error for a refused client says how and where to log in") {
  for (const int status : {401, 403}) {
    CHECK(problem<Error>(status, "")->hint().find("ace-dt login reg.example.com") != std::string::npos);
  }
  CHECK(problem<Error>(400, "")->hint().find("the address of a registry") != std::string::npos);
}

TEST_CASE("a registry that asks for patience says for how long") {
  for (const int status : {408, 429, 500, 503}) {
    const auto error = problem<Unavailable>(status, "", http::Fields().add("Retry-After", "7"));
    REQUIRE(error);
    CHECK(error->retry_after() == std::chrono::seconds(7));
    CHECK_FALSE(problem<Unavailable>(status, "")->retry_after());
    CHECK_FALSE(problem<Unavailable>(status, "", http::Fields().add("Retry-After", "soon"))->retry_after());
  }
  CHECK_FALSE(problem<Unavailable>(404, "", http::Fields().add("Retry-After", "7")));
}

TEST_CASE("a long message of a registry is cut") {
  const std::string body = R"({"errors":[{"message":")" + std::string(100'000, 'x') + "\"}]}";
  CHECK(std::string(problem<Error>(404, body)->what()) == "404 Not Found: " + std::string(300, 'x'));
}
