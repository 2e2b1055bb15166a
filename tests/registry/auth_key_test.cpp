#include "acedt/registry/credentials.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace acedt::registry;

TEST_CASE("a key stands for a registry, or for some of its repositories") {
  struct Case {
    std::string key;
    std::string scope;
    std::string text;
    std::string authority;
  };
  const std::vector<Case> cases = {
      {"reg.example.com", "reg.example.com", "reg.example.com", "reg.example.com"},
      {"Reg.Example.com:5000", "reg.example.com:5000", "reg.example.com:5000", "reg.example.com:5000"},
      {"reg.example.com/team/app", "reg.example.com/team/app", "reg.example.com/team/app", "reg.example.com"},
      {"reg.example.com/", "reg.example.com", "reg.example.com", "reg.example.com"},
      {"https://reg.example.com/v1/", "reg.example.com", "reg.example.com", "reg.example.com"},
      {"http://reg.example.com:5000/v2", "reg.example.com:5000", "reg.example.com:5000", "reg.example.com:5000"},
      {"https://index.docker.io/v1/", "docker.io", "https://index.docker.io/v1/", "registry-1.docker.io"},
      {"docker.io", "docker.io", "https://index.docker.io/v1/", "registry-1.docker.io"},
      {"registry-1.docker.io", "docker.io", "https://index.docker.io/v1/", "registry-1.docker.io"},
      {"docker.io/ada", "docker.io/ada", "docker.io/ada", "registry-1.docker.io"},
      {"[::1]:5000", "[::1]:5000", "[::1]:5000", "[::1]:5000"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.key);
    const AuthKey key = AuthKey::parse(one.key);
    CHECK(key.scope == one.scope);
    CHECK(key.text() == one.text);
    CHECK(key.authority() == one.authority);
  }
}

TEST_CASE("of keys that mean the same docker's own counts before a plain one, and that before a URL") {
  CHECK(AuthKey::parse("https://index.docker.io/v1/").rank > AuthKey::parse("docker.io").rank);
  CHECK(AuthKey::parse("reg.example.com").rank > AuthKey::parse("https://reg.example.com").rank);
}

TEST_CASE("requests to Docker Hub's registry belong to docker.io") {
  CHECK(scope_of("registry-1.docker.io") == "docker.io");
  CHECK(scope_of("reg.example.com:5000") == "reg.example.com:5000");
}
