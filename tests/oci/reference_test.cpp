#include "acedt/oci/reference.hpp"

#include <doctest/doctest.h>

#include <string>

#include "acedt/base/error.hpp"
#include "support/failure.hpp"

using namespace acedt;
using namespace acedt::oci;
using namespace std::literals;
using testing::failure;

namespace {

const std::string digest = "sha256:" + std::string(64, 'a');

std::string message_for(std::string_view text) {
  return failure(ErrorKind::usage, [&] { Reference::parse(text); });
}

}  // namespace

TEST_CASE("references are parsed as docker does") {
  const struct {
    std::string text, registry, repository, tag;
  } table[] = {
      {"alpine", "docker.io", "library/alpine", "latest"},
      {"alpine:3", "docker.io", "library/alpine", "3"},
      {"user/app:1", "docker.io", "user/app", "1"},
      {"a/b/c", "docker.io", "a/b/c", "latest"},
      {"docker.io/alpine", "docker.io", "library/alpine", "latest"},
      {"index.docker.io/x", "docker.io", "library/x", "latest"},
      {"docker.io/user/app", "docker.io", "user/app", "latest"},
      {"localhost/x", "localhost", "x", "latest"},
      {"localhost:5000", "docker.io", "library/localhost", "5000"},
      {"localhost:5000/x:y", "localhost:5000", "x", "y"},
      {"host:1/x", "host:1", "x", "latest"},
      {"reg.example.com/t/v:v1", "reg.example.com", "t/v", "v1"},
      {"Reg.Example.com/x", "Reg.Example.com", "x", "latest"},
      {"127.0.0.1:65535/x", "127.0.0.1:65535", "x", "latest"},
      {"[::1]:5000/x:y", "[::1]:5000", "x", "y"},
      {"[fe80::1]/x", "[fe80::1]", "x", "latest"},
      {"my_reg.local/x", "my_reg.local", "x", "latest"},
      {"r.io/a.b_c__d-e---f/0:_.-Z", "r.io", "a.b_c__d-e---f/0", "_.-Z"},
      {"r.io/x:" + std::string(128, 't'), "r.io", "x", std::string(128, 't')},
  };
  for (const auto& row : table) {
    CAPTURE(row.text);
    const Reference reference = Reference::parse(row.text);
    CHECK(reference.registry == row.registry);
    CHECK(reference.repository == row.repository);
    CHECK(reference.tag == row.tag);
    CHECK(!reference.digest);
    CHECK(reference.selector() == row.tag);
    CHECK(reference.text() == row.registry + "/" + row.repository + ":" + row.tag);
  }
}

TEST_CASE("with a digest, the tag before it is dropped") {
  for (const auto& text : {"r.io/x@" + digest, "r.io/x:v1@" + digest}) {
    const Reference reference = Reference::parse(text);
    CHECK(reference.repository == "x");
    CHECK(reference.tag.empty());
    CHECK(reference.selector() == digest);
    CHECK(reference.text() == "r.io/x@" + digest);
  }
  CHECK(Reference::parse("alpine@" + digest).text() == "docker.io/library/alpine@" + digest);
}

TEST_CASE("the text of a reference parses to the same reference") {
  for (const auto& text : {"alpine"s, "a/b:c"s, "[::1]:5000/x"s, "r.io/x:v1@" + digest}) {
    const Reference reference = Reference::parse(text);
    CHECK(Reference::parse(reference.text()).text() == reference.text());
  }
}

TEST_CASE("an invalid reference is refused, with its text and a hint") {
  for (const std::string& bad : {""s,
                                 "/"s,
                                 "r.io/"s,
                                 "/x"s,
                                 "r.io//x"s,
                                 "r.io/x/"s,
                                 "r.io/X"s,
                                 "Alpine"s,
                                 "r.io/x y"s,
                                 " r.io/x"s,
                                 "r.io/x "s,
                                 "r.io/x:"s,
                                 "r.io/x:v1 "s,
                                 "r.io/x:.v"s,
                                 "r.io/x:-v"s,
                                 "r.io/x:a:b"s,
                                 "r.io/x:a/b"s,
                                 "r.io/x:" + std::string(129, 't'),
                                 "r.io/x:é"s,
                                 "r.io/-x"s,
                                 "r.io/x-"s,
                                 "r.io/x..y"s,
                                 "r.io/x___y"s,
                                 "r.io/x._y"s,
                                 "r.io/../x"s,
                                 "r.io/./x"s,
                                 "r.io/x@"s,
                                 "r.io/x@sha256:12"s,
                                 "r.io/x@v1"s,
                                 "r.io/@" + digest,
                                 "@" + digest,
                                 "r.io/x@" + digest + "@" + digest,
                                 "r.io:/x"s,
                                 "r.io:0/x"s,
                                 "r.io:65536/x"s,
                                 "r.io:80a/x"s,
                                 "r.io:80:80/x"s,
                                 "r..io/x"s,
                                 ".r.io/x"s,
                                 "r.io./x"s,
                                 "-r.io/x"s,
                                 "r-.io/x"s,
                                 "r.io?a/x"s,
                                 "r.io#/x"s,
                                 "r.i%6f/x"s,
                                 "[::1/x"s,
                                 "[]:1/x"s,
                                 "[::1]x/x"s,
                                 "[::g]/x"s,
                                 "r.io\\x/y"s,
                                 "r.io/x\n"s,
                                 "r.io/x\0"s,
                                 "r.io/x?y"s,
                                 "r.io/x#y"s}) {
    CAPTURE(bad);
    try {
      Reference::parse(bad);
      FAIL_CHECK("no error");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::usage);
      CHECK(std::string(error.what()).starts_with("reference \""));
      CHECK(error.hint().starts_with("write host"));
    }
  }
}

TEST_CASE("the error names the part that is wrong") {
  CHECK(message_for("https://r.io/x") == "reference \"https://r.io/x\": starts with a scheme");
  CHECK(message_for("r.io/X:1").starts_with("reference \"r.io/X:1\": repository \"X\": "));
  CHECK(message_for("r.io/x:v 1").starts_with("reference \"r.io/x:v 1\": tag \"v 1\": "));
  CHECK(message_for("r.io:99999/x") == "reference \"r.io:99999/x\": registry \"r.io:99999\": want HOST or HOST:PORT");
  CHECK(message_for("r.io/x@sha384:" + std::string(96, 'a')).find("algorithm \"sha384\"") != std::string::npos);
}

TEST_CASE("a password before the host does not appear in the error") {
  for (const auto text : {"https://user:hunter2@r.io/x", "https://user:hunter2@r.io", "user:hunter2@r.io/x:1",
                          "user:hun@ter2@r.io/x", "https://user:hun@ter2@r.io/x", "https://user:hunter2#1@r.io/x",
                          "user:hunter2/1@r.io/x", "https://user:hunter2?1@r.io/x"}) {
    const std::string message = message_for(text);
    CAPTURE(message);
    CHECK(message.find("hunter2") == std::string::npos);
    CHECK(message.find("ter2") == std::string::npos);
    CHECK(message.find("user:") == std::string::npos);
  }
  const std::string with_digest = message_for("user:hunter2@r.io/x@" + digest);
  CHECK_MESSAGE(with_digest.find("hunter2") == std::string::npos, with_digest);
}

TEST_CASE("every prefix of a reference is a reference or an Error") {
  const std::string whole = "[::1]:5000/a_b/c--d:v1.0@" + digest;
  for (std::size_t n = 0; n <= whole.size(); ++n) {
    CAPTURE(n);
    try {
      const Reference reference = Reference::parse(whole.substr(0, n));
      CHECK(!reference.repository.empty());
      CHECK(!reference.selector().empty());
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::usage);
    }
  }
}
