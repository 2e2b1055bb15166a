#include "acedt/registry/token_server.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace acedt;

TEST_CASE("a token server gets a password only where it belongs to the registry, and nobody listens") {
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
