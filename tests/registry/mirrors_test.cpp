#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "acedt/base/text.hpp"
#include "registry/session.hpp"
#include "support/run.hpp"

using namespace acedt;
using acedt::async::awaitable;
using testing::Content;
using testing::error_of;
using testing::image;
using testing::image_descriptor;
using testing::Registry;
using testing::Session;
using namespace std::literals;

// Several endpoints of a registry, of which some fail.

namespace {

/// reg.example has two endpoints; both have `image` as a/b:v1.
struct TwoEndpoints {
  explicit TwoEndpoints(testing::Options of_first = {}) : first(std::make_unique<Registry>(std::move(of_first))) {
    for (Registry* server : {first.get(), &second}) server->store().put_manifest("a/b", "v1", "", Content::of(image));
    settings.endpoints["reg.example"] = {"http://" + first->address(), "http://" + second.address()};
  }

  /// A run of `body` with a session and the repository.
  void run(auto body, const registry::Credentials& credentials = {}) {
    testing::run([&](async::Executor executor) -> awaitable<void> {
      Session session(executor, settings, credentials);
      const oci::Reference reference = oci::Reference::parse("reg.example/a/b:v1");
      const registry::Repository repository = co_await session.registries.open(reference, "pull");
      co_await body(session, repository);
    });
  }
  /// The session gets what it wants.
  awaitable<void> expect_manifest(Session& session, registry::Repository repository) {
    const std::string text = co_await registry::fetch_manifest(session.transport, repository, image_descriptor());
    CHECK(text == image);
  }

  std::unique_ptr<Registry> first;
  Registry second;
  registry::Settings settings;
};

std::string first_target(const Registry& server, std::string_view method) {
  for (const auto& request : server.log()) {
    if (request.method == method && request.target.find("/a") != std::string::npos) return request.target;
  }
  return {};
}

}  // namespace

TEST_CASE("an endpoint that answers is the only one that is asked") {
  TwoEndpoints two;
  two.run([&](Session& session, registry::Repository repository) -> awaitable<void> {
    co_await registry::resolve(session.transport, repository, "v1");
    co_await two.expect_manifest(session, repository);
    CHECK(two.second.log().empty());
  });
}

TEST_CASE("an endpoint that dies while a repository is open is left at once, and not asked again") {
  TwoEndpoints two;
  two.run([&](Session& session, registry::Repository repository) -> awaitable<void> {
    co_await registry::resolve(session.transport, repository, "v1");
    const std::string address = two.first->address();
    two.first.reset();
    for (int i = 0; i < 3; ++i) co_await two.expect_manifest(session, repository);
    CHECK(session.retries.empty());
    REQUIRE(session.warnings.size() == 1);
    CHECK(session.warnings[0].starts_with("http://" + address + " is down, other endpoints are asked for 5m"));
    const oci::Reference again = oci::Reference::parse("reg.example/a/b:v1");
    const registry::Repository reopened = co_await session.registries.open(again, "pull");
    CHECK(reopened.target.origin.port == two.second.port());
    co_await registry::resolve(session.transport, reopened, "v1");
    CHECK(session.warnings.size() == 1);
    CHECK(two.second.asked("GET /v2/a/b/manifests/") == 3);
  });
}

TEST_CASE("an endpoint that answers nothing but 503 is left after four attempts, and not asked again") {
  TwoEndpoints two;
  two.run([&](Session& session, registry::Repository repository) -> awaitable<void> {
    two.first->add_fault("GET * * status 503");
    for (int i = 0; i < 3; ++i) co_await two.expect_manifest(session, repository);
    CHECK(two.first->asked("GET /v2/a/b/") == 4);
    CHECK(session.retries.size() == 3);
    CHECK(session.warnings.size() == 1);
  });
}

TEST_CASE("an endpoint that fails now and then is not left") {
  TwoEndpoints two;
  two.run([&](Session& session, registry::Repository repository) -> awaitable<void> {
    two.first->add_fault("GET * 2 status 503");
    two.first->add_fault("GET * 1 cut 5");
    co_await two.expect_manifest(session, repository);
    CHECK(two.second.log().empty());
    CHECK(session.warnings.empty());
  });
}

TEST_CASE("content that one endpoint lacks or refuses is requested from the next") {
  for (const auto* status : {"404", "403", "401", "400"}) {
    CAPTURE(status);
    TwoEndpoints two;
    two.run([&](Session& session, registry::Repository repository) -> awaitable<void> {
      two.first->add_fault("* /v2/a/b/* * status "s + status);
      const oci::Descriptor found = co_await registry::resolve(session.transport, repository, "v1");
      CHECK(found == image_descriptor());
      two.first->clear_log();
      co_await two.expect_manifest(session, repository);
      CHECK(two.first->log().empty());
      CHECK(session.warnings.empty());
      CHECK(session.retries.empty());
    });
  }
}

TEST_CASE("a manifest that one endpoint always sends wrong is fetched from the next") {
  TwoEndpoints two;
  two.run([&](Session& session, registry::Repository repository) -> awaitable<void> {
    two.first->add_fault("GET * * flip 3");
    co_await two.expect_manifest(session, repository);
    CHECK(two.first->asked("GET /v2/a/b/") == 2);
  });
}

TEST_CASE("if all endpoints fail, the message names each") {
  TwoEndpoints two;
  two.run([&](Session& session, registry::Repository repository) -> awaitable<void> {
    const Error missing = co_await error_of(registry::resolve(session.transport, repository, "v2"));
    CHECK(missing.kind() == ErrorKind::not_found);
    CHECK_FALSE(missing.hint().empty());
    const std::string address = two.first->address();
    two.first.reset();
    const Error error = co_await error_of(registry::resolve(session.transport, repository, "v2"));
    CHECK(error.kind() == ErrorKind::transport);
    for (const std::string& host : {address, two.second.address()}) {
      CHECK(std::string(missing.what()).find("http://" + host + "/v2/a/b/manifests/v2: 404") != std::string::npos);
      CHECK(std::string(error.what()).find("http://" + host + "/v2/a/b/manifests/v2") != std::string::npos);
    }
  });
}

TEST_CASE("if no endpoint answers, the message names the registry and each endpoint") {
  TwoEndpoints two;
  two.settings.endpoints["reg.example"] = {"https://" + two.second.address(), "https://" + two.first->address()};
  testing::run([&](async::Executor executor) -> awaitable<void> {
    Session session(executor, two.settings);
    const Error error = co_await error_of(session.registries.open(oci::Reference::parse("reg.example/a/b:v1"), "pull"));
    CHECK(error.kind() == ErrorKind::unreachable);
    CHECK(std::string(error.what()).starts_with("registry reg.example: GET https://" + two.second.address()));
    CHECK(std::string(error.what()).find("GET https://" + two.first->address()) != std::string::npos);
  });
}

TEST_CASE("an endpoint with a wrong password is left, and the next needs none") {
  testing::Options locked;
  locked.auth = {.scheme = testing::AuthOptions::Scheme::bearer, .user = "ada", .password = "s3cret"};
  TwoEndpoints two(locked);
  const std::string auth = to_base64(as_bytes("ada:wr0ng"));
  const auto credentials = registry::Credentials::parse(
      R"({"auths":{")" + two.first->address() + R"(":{"auth":")" + auth + "\"}}}", "config.json");
  two.run(
      [&](Session& session, registry::Repository repository) -> awaitable<void> {
        const oci::Descriptor found = co_await registry::resolve(session.transport, repository, "v1");
        CHECK(found == image_descriptor());
      },
      credentials);
}

TEST_CASE("an endpoint that wants a token gets one when it is asked") {
  testing::Options with_tokens;
  with_tokens.auth = {.scheme = testing::AuthOptions::Scheme::bearer};
  TwoEndpoints two(with_tokens);
  std::swap(two.settings.endpoints["reg.example"][0], two.settings.endpoints["reg.example"][1]);
  two.run([&](Session& session, registry::Repository repository) -> awaitable<void> {
    CHECK(two.first->log().empty());
    two.second.add_fault("* * * status 404");
    co_await two.expect_manifest(session, repository);
    CHECK(two.first->asked("GET /token") == 1);
  });
}

TEST_CASE("a path of an endpoint and a rewritten name go into requests and into the scope of tokens") {
  struct Case {
    const char* path;
    const char* pattern;
    const char* replacement;
    const char* stored;
    const char* requested;
  };
  const std::vector<Case> cases = {
      {"", "^b$", "c", "a/b", "/v2/a/b/manifests/v1"},
      {"/v2/hub", "^x", "y", "hub/a/b", "/v2/hub/a/b/manifests/v1"},
      {"/v2/hub/", "^a/", "hub/a/", "hub/hub/a/b", "/v2/hub/hub/a/b/manifests/v1"},
      {"", "^a/(.*)", "mirror/a-$1", "mirror/a-b", "/v2/mirror/a-b/manifests/v1"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.path);
    testing::Options options;
    options.auth = {.scheme = testing::AuthOptions::Scheme::bearer};
    Registry server(options);
    server.store().put_manifest(one.stored, "v1", "", Content::of(image));
    registry::Settings settings;
    settings.endpoints["reg.example"] = {"http://" + server.address() + one.path};
    settings.rewrites["reg.example"] = {registry::Rewrite::parse(one.pattern, one.replacement)};
    testing::run([&](async::Executor executor) -> awaitable<void> {
      Session session(executor, settings);
      const oci::Reference reference = oci::Reference::parse("reg.example/a/b:v1");
      const registry::Repository repository = co_await session.registries.open(reference, "pull");
      const oci::Descriptor found = co_await registry::resolve(session.transport, repository, "v1");
      CHECK(found == image_descriptor());
    });
    CHECK(first_target(server, "HEAD") == one.requested);
    const std::string scope = http::percent_encoded("repository:" + std::string(one.stored) + ":pull");
    CHECK(server.asked("GET /token*" + scope + "*") == 1);
  }
}
