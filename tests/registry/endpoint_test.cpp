#include "acedt/registry/endpoint.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "acedt/base/error.hpp"
#include "acedt/registry/repository.hpp"
#include "support/failure.hpp"

using namespace acedt;
using testing::failure;

namespace {

registry::Settings with_rules(const std::vector<std::pair<std::string, std::string>>& rules) {
  registry::Settings settings;
  for (const auto& [pattern, replacement] : rules) {
    settings.rewrites["reg.example"].push_back(registry::Rewrite::parse(pattern, replacement));
  }
  return settings;
}

/// The URL that a request for the tag v1 of `repository` at the endpoint `url` goes to.
std::string requested(const std::string& url, const std::string& repository) {
  const registry::Endpoint endpoint = registry::parse_endpoint(url);
  registry::Repository there{endpoint.target, endpoint.prefix + repository};
  there.root = endpoint.root;
  return endpoint.target.origin.text() + there.path("manifests", "v1");
}

}  // namespace

TEST_CASE("an endpoint has a scheme, a host, a port, and a path before or after /v2") {
  struct Case {
    const char* url;
    const char* repository;
    const char* request;
  };
  const std::vector<Case> cases = {
      {"https://mirror.example", "a/b", "https://mirror.example/v2/a/b/manifests/v1"},
      {"https://mirror.example/", "a/b", "https://mirror.example/v2/a/b/manifests/v1"},
      {"https://mirror.example:443", "a", "https://mirror.example/v2/a/manifests/v1"},
      {"https://mirror.example:8443", "a", "https://mirror.example:8443/v2/a/manifests/v1"},
      {"http://mirror.example", "a", "http://mirror.example/v2/a/manifests/v1"},
      {"http://mirror.example:80/", "a", "http://mirror.example/v2/a/manifests/v1"},
      {"http://lab.local:5000", "a/b/c", "http://lab.local:5000/v2/a/b/c/manifests/v1"},
      {"HTTPS://Mirror.Example", "a", "https://mirror.example/v2/a/manifests/v1"},
      {"https://[::1]:5000", "a", "https://[::1]:5000/v2/a/manifests/v1"},
      {"https://docker.io", "library/alpine", "https://registry-1.docker.io/v2/library/alpine/manifests/v1"},
      {"https://index.docker.io/", "library/alpine", "https://registry-1.docker.io/v2/library/alpine/manifests/v1"},
      {"https://mirror.example/v2", "a", "https://mirror.example/v2/a/manifests/v1"},
      {"https://mirror.example/v2/", "a", "https://mirror.example/v2/a/manifests/v1"},
      {"https://harbor.example/v2/hub", "library/alpine", "https://harbor.example/v2/hub/library/alpine/manifests/v1"},
      {"https://harbor.example/v2/hub/", "a", "https://harbor.example/v2/hub/a/manifests/v1"},
      {"https://gitlab.example/v2/group/dependency_proxy/containers", "library/alpine",
       "https://gitlab.example/v2/group/dependency_proxy/containers/library/alpine/manifests/v1"},
      {"https://nexus.example/repository/hub", "a", "https://nexus.example/repository/hub/v2/a/manifests/v1"},
      {"https://nexus.example/repository/hub/", "a", "https://nexus.example/repository/hub/v2/a/manifests/v1"},
      {"https://jfrog.example/artifactory/api/docker/hub/v2", "a",
       "https://jfrog.example/artifactory/api/docker/hub/v2/a/manifests/v1"},
      {"https://proxy.example/docker/v2/hub", "a", "https://proxy.example/docker/v2/hub/a/manifests/v1"},
      {"https://proxy.example/v2-proxy", "a", "https://proxy.example/v2-proxy/v2/a/manifests/v1"},
      {"https://proxy.example/av2", "a", "https://proxy.example/av2/v2/a/manifests/v1"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.url);
    CHECK(requested(one.url, one.repository) == one.request);
  }
}

TEST_CASE("an endpoint that is no URL, or has a query or a password, is refused without it") {
  for (const auto* url : {"mirror.example", "ftp://mirror.example", "https://", "https://a b", "https://me:secret@a",
                          "https://a?token=secret", "https://a/b?token=secret", "https://me:secret#1@a",
                          "https://secret#1@a", "https://1/secret@a", "https://1?secret@a"}) {
    CAPTURE(url);
    const std::string text = failure(ErrorKind::bad_input, [&] { registry::parse_endpoint(url); });
    CHECK(text.find("secret") == std::string::npos);
  }
}

TEST_CASE("the settings of an endpoint are found with and without a slash at its end") {
  for (const auto* written : {"https://mirror.example", "https://mirror.example/", "https://mirror.example:443/"}) {
    for (const auto* endpoint : {"https://mirror.example", "https://mirror.example/"}) {
      registry::Settings settings;
      settings.endpoints["reg.example"] = {endpoint, "https://other.example"};
      settings.endpoint_settings[registry::endpoint_text(written)] = {true, registry::ReferrersSupport::tag};
      const auto found = registry::endpoints_of(settings, "reg.example");
      REQUIRE(found.size() == 2);
      CHECK_FALSE(found[0].target.verify);
      CHECK(found[0].referrers == registry::ReferrersSupport::tag);
      CHECK(found[1].target.verify);
    }
  }
}

TEST_CASE("a registry without endpoints is reached by its own name over TLS, with the settings of its URL") {
  registry::Settings settings;
  settings.endpoints["empty.example"] = {};
  settings.endpoint_settings["https://reg.example:5000"] = {true, registry::ReferrersSupport::api};
  for (const auto* name : {"empty.example", "reg.example:5000", "docker.io"}) {
    const auto found = registry::endpoints_of(settings, name);
    REQUIRE(found.size() == 1);
    CHECK(found[0].may_be_plain);
    CHECK(found[0].target.origin.tls);
    CHECK(found[0].target.verify == (std::string(name) != "reg.example:5000"));
  }
  settings.endpoints["reg.example"] = {"https://reg.example"};
  CHECK_FALSE(registry::endpoints_of(settings, "reg.example").at(0).may_be_plain);
}

TEST_CASE("rewritePull: the first rule that matches says what a repository is called") {
  struct Case {
    std::vector<std::pair<std::string, std::string>> rules;
    const char* repository;
    const char* name;
  };
  const std::vector<Case> cases = {
      {{}, "a/b", "a/b"},
      {{{"^library/(.*)", "hub/$1"}}, "library/alpine", "hub/alpine"},
      {{{"^library/(.*)", "hub/$1"}}, "a/library/alpine", "a/library/alpine"},
      {{{"library", "hub"}}, "a/library/b", "a/hub/b"},
      {{{"^", "mirror/"}}, "a", "mirror/a"},
      {{{"^(.*)$", "mirror/$1"}}, "a/b", "mirror/a/b"},
      {{{"(.*)", "mirror/$0"}}, "a/b", "mirror/a/b"},
      {{{"^a", "b"}, {"^b", "c"}}, "a", "b"},
      {{{"^x", "y"}, {"^a", "b"}, {"^a", "c"}}, "a/a", "b/a"},
      {{{"a", "b"}}, "a/a", "b/b"},
      {{{"^([^/]+)/([^/]+)$", "$2/$1"}}, "a/b", "b/a"},
      {{{"^(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)", "${1}0/$10"}}, "abcdefghij", "a0/j"},
      {{{"^(a)", "${1}1"}}, "a", "a1"},
      {{{"^a/(?!b)", "x/"}}, "a/b", "a/b"},
      {{{"^a/(?!b)", "x/"}}, "a/c", "x/c"},
      {{{"^a(|/.*)$", "b$1"}}, "a", "b"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.repository);
    CHECK(registry::rewritten(with_rules(one.rules), "reg.example", one.repository) == one.name);
    CHECK(registry::rewritten(with_rules(one.rules), "other.example", one.repository) == one.repository);
  }
}

TEST_CASE("rewritePull: what is no rule is refused") {
  const std::vector<std::array<std::string, 3>> cases = {
      {"(", "a", "\"(\" is no regular expression: "},
      {"[", "a", "\"[\" is no regular expression: "},
      {"*", "a", "\"*\" is no regular expression: "},
      {"(?P<name>a)", "a", "\"(?P<name>a)\" is no regular expression: "},
      {"a", "$1", "there is no group 1 in the pattern, which has 0"},
      {"(a)", "${2}", "there is no group 2 in the pattern, which has 1"},
      {"(a)", "$", "a $ that is not followed by the number of a group"},
      {"(a)", "$x", "a $ that is not followed by the number of a group"},
      {"(a)", "${1", "a $ that is not followed by the number of a group"},
      {"(a)", "${name}", "a $ that is not followed by the number of a group"},
      {std::string(1001, 'a'), "a", "longer than 1000 characters"},
  };
  for (const auto& [pattern, replacement, why] : cases) {
    CAPTURE(replacement);
    const std::string text = failure(ErrorKind::usage, [&] { registry::Rewrite::parse(pattern, replacement); });
    CHECK_MESSAGE(text.starts_with(why), text);
  }
}

TEST_CASE("rewritePull: a name that is no repository is an error that says which rule made it") {
  for (const auto* replacement : {"", "/", "A", "a:tag", "a//b", "../a", "a$$"}) {
    CAPTURE(replacement);
    const auto settings = with_rules({{"^a$", replacement}});
    const std::string text = failure(ErrorKind::usage, [&] { registry::rewritten(settings, "reg.example", "a"); });
    CHECK(text.starts_with("rewritePull \"^a$\" of reg.example makes \""));
    CHECK(text.ends_with("of \"a\", which is no repository"));
  }
  const auto settings = with_rules({{"^(a|b)*$", "c"}});
  CHECK(failure(ErrorKind::bad_input, [&] {
          registry::rewritten(settings, "reg.example", std::string(200'000, 'a'));
        }) == "the name of a repository is too long to be rewritten");
}
