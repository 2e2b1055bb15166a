#include "acedt/registry/registries.hpp"

#include <doctest/doctest.h>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "acedt/async/crossing.hpp"
#include "acedt/async/task_group.hpp"
#include "acedt/base/text.hpp"
#include "registry/session.hpp"
#include "support/run.hpp"
#include "support/sha256.hpp"

using namespace acedt;
using acedt::async::awaitable;
using testing::AuthOptions;
using testing::Certificate;
using testing::Content;
using testing::error_of;
using testing::image;
using testing::ImageRegistry;
using testing::Registry;
using testing::Session;
using testing::sha256;
using namespace std::literals;

namespace {

registry::Credentials login(const Registry& server, const std::string& password) {
  const std::string auth = to_base64(as_bytes("ada:" + password));
  return registry::Credentials::parse(R"({"auths":{")" + server.address() + R"(":{"auth":")" + auth + "\"}}}",
                                      "config");
}

AuthOptions for_ada(AuthOptions::Scheme scheme) {
  return {.scheme = scheme, .user = "ada", .password = "s3cret"};
}

/// What a/b:v1 of `server` is, found by a session of its own.
awaitable<oci::Digest> find_image(Session& session, const Registry& server) {
  const registry::Repository repository = co_await session.open(server);
  const oci::Descriptor found = co_await registry::resolve(session.transport, repository, "v1");
  co_return found.digest;
}

void expect_found(const Registry& server, const registry::Settings& settings,
                  const registry::Credentials& credentials) {
  testing::run([&](async::Executor executor) -> awaitable<void> {
    Session session(executor, settings, credentials);
    const oci::Digest digest = co_await find_image(session, server);
    CHECK(digest == sha256(image));
    CHECK(session.retries.empty());
  });
}

Error refusal(const Registry& server, const registry::Settings& settings, const registry::Credentials& credentials) {
  Error refused(ErrorKind::bad_input, "none");
  testing::run([&](async::Executor executor) -> awaitable<void> {
    Session session(executor, settings, credentials);
    refused = co_await error_of(find_image(session, server));
  });
  return refused;
}

awaitable<void> find_and_count(Session& session, const Registry& server, int& count) {
  const oci::Digest digest = co_await find_image(session, server);
  CHECK(digest == sha256(image));
  ++count;
}

/// `many` at the same time, in one session.
void find_at_once(int many, const Registry& server, const registry::Credentials& credentials) {
  testing::run([&](async::Executor executor) -> awaitable<void> {
    Session session(executor, server, credentials);
    int count = 0;
    async::TaskGroup group(executor);
    for (int i = 0; i < many; ++i) group.spawn(find_and_count(session, server, count));
    co_await group.join();
    CHECK(count == many);
  });
}

}  // namespace

TEST_CASE("a registry on loopback without TLS is reached by plain HTTP") {
  const ImageRegistry server;
  expect_found(server, {}, {});
}

TEST_CASE("a configured https endpoint is never reached by plain HTTP") {
  const ImageRegistry server;
  registry::Settings settings;
  settings.endpoints[server.address()] = {"https://" + server.address()};
  const Error error = refusal(server, settings, {});
  CHECK(error.kind() == ErrorKind::unreachable);
  CHECK(std::string(error.what()).starts_with("registry " + server.address()));
  CHECK(error.hint().find("http://") != std::string::npos);
  CHECK(server.log().empty());
}

TEST_CASE("an untrusted certificate is accepted if the endpoint is configured so") {
  const ImageRegistry server(testing::Options{.tls = Certificate::self_signed()});
  const std::string url = "https://" + server.address();
  CHECK(refusal(server, {}, {}).hint().find("SSL_CERT_FILE") != std::string::npos);
  registry::Settings settings;
  settings.endpoint_settings[url] = {.insecure_skip_verify = true};
  expect_found(server, settings, {});
}

TEST_CASE("the endpoints of a registry are in their order, from the first one that answers") {
  const ImageRegistry first;
  const ImageRegistry second(testing::Options{.tls = Certificate::self_signed()});
  const ImageRegistry third;
  registry::Settings settings;
  settings.endpoints["reg.example.com"] = {"https://" + second.address(), "http://" + first.address(),
                                           "http://" + third.address()};
  testing::run([&](async::Executor executor) -> awaitable<void> {
    Session session(executor, settings);
    const auto found = co_await session.registries.open(oci::Reference::parse("reg.example.com/a/b"), "pull");
    CHECK(found.target.origin.port == first.port());
    CHECK(found.name == "a/b");
    REQUIRE(found.mirrors->all.size() == 3);
    CHECK(found.mirrors->all[0].target.origin.port == second.port());
    CHECK(found.mirrors->all[2].target.origin.port == third.port());
    REQUIRE(session.warnings.size() == 1);
    CHECK(session.warnings[0].starts_with("https://" + second.address() + " is down"));
    CHECK(session.retries.empty());
    CHECK(third.log().empty());
  });
}

TEST_CASE("a registry is greeted once") {
  const ImageRegistry server;
  find_at_once(10, server, {});
  CHECK(server.asked("GET /v2/") == 1);
}

TEST_CASE("Basic: every request carries the password, and no token is requested") {
  const ImageRegistry server(testing::Options{.auth = for_ada(AuthOptions::Scheme::basic)});
  expect_found(server, Session::plain(server), login(server, "s3cret"));
  const auto log = server.log();
  REQUIRE(log.size() == 2);
  CHECK(log[0].status == 401);
  CHECK(log[1].authorization == "basic");
}

TEST_CASE("a wrong password is refused with a hint to log in, and is not retried") {
  for (const auto scheme : {AuthOptions::Scheme::basic, AuthOptions::Scheme::bearer}) {
    const ImageRegistry server(testing::Options{.auth = for_ada(scheme)});
    const Error error = refusal(server, Session::plain(server), login(server, "wr0ng"));
    CHECK(error.kind() == ErrorKind::unauthorized);
    CHECK(std::string(error.what()).find("wr0ng") == std::string::npos);
    CHECK(error.hint().find("ace-dt login " + server.address()) != std::string::npos);
    CHECK(server.log().size() <= 3);
  }
}

TEST_CASE("a registry that requires a login refuses anonymous clients") {
  for (const auto scheme : {AuthOptions::Scheme::basic, AuthOptions::Scheme::bearer}) {
    const ImageRegistry server(testing::Options{.auth = for_ada(scheme)});
    const Error error = refusal(server, Session::plain(server), {});
    CHECK(error.kind() == ErrorKind::unauthorized);
    CHECK(error.hint().find("ace-dt login " + server.address()) != std::string::npos);
  }
}

TEST_CASE("Bearer: one token is requested for any number of requests") {
  const ImageRegistry server(testing::Options{.auth = for_ada(AuthOptions::Scheme::bearer)});
  find_at_once(20, server, login(server, "s3cret"));
  CHECK(server.asked("GET /token") == 1);
  CHECK(server.asked("HEAD") == 20);
}

TEST_CASE("Bearer: a token has the scope of the actions for which its repository was opened") {
  const ImageRegistry server(testing::Options{.auth = for_ada(AuthOptions::Scheme::bearer)});
  testing::run([&](async::Executor executor) -> awaitable<void> {
    Session session(executor, server, login(server, "s3cret"));
    const oci::Reference reference = oci::Reference::parse(server.address() + "/a/b:v1");
    for (const auto* actions : {"pull", "pull,push"}) {
      const registry::Repository repository = co_await session.registries.open(reference, actions);
      CHECK(repository.scope == "repository:a/b:"s + actions);
    }
    CHECK(server.asked("GET /token*scope=repository%3Aa%2Fb%3Apull") == 1);
    CHECK(server.asked("GET /token*scope=repository%3Aa%2Fb%3Apull%2Cpush") == 1);
  });
}

TEST_CASE("Bearer: tokens for everybody need no credentials") {
  const ImageRegistry server(testing::Options{.auth = {.scheme = AuthOptions::Scheme::bearer}});
  expect_found(server, Session::plain(server), {});
  const auto log = server.log();
  REQUIRE(log.size() == 3);
  CHECK(log[1].target.starts_with("/token?"));
  CHECK(log[1].authorization.empty());
  CHECK(log[2].authorization == "bearer");
}

TEST_CASE("Bearer: an anonymous token is good for pulling") {
  AuthOptions auth = for_ada(AuthOptions::Scheme::bearer);
  auth.anonymous_pull = true;
  const ImageRegistry server(testing::Options{.auth = auth});
  expect_found(server, Session::plain(server), {});
}

TEST_CASE("Bearer: a token that has expired is renewed once for all who need it") {
  AuthOptions auth = for_ada(AuthOptions::Scheme::bearer);
  auth.token_uses = 5;
  const ImageRegistry server(testing::Options{.auth = auth});
  find_at_once(10, server, login(server, "s3cret"));
  CHECK(server.asked("GET /token") == 2);
}

TEST_CASE("Bearer: a token is renewed shortly before it expires, so that no request is refused") {
  AuthOptions auth = for_ada(AuthOptions::Scheme::bearer);
  auth.token_lifetime = std::chrono::seconds(300);
  const ImageRegistry server(testing::Options{.auth = auth});
  testing::run([&](async::Executor executor) -> awaitable<void> {
    Session session(executor, server, login(server, "s3cret"));
    const registry::Repository repository = co_await session.open(server);
    for (const auto& [seconds, tokens] :
         {std::pair(0, 1U), std::pair(265, 1U), std::pair(275, 2U), std::pair(535, 2U)}) {
      session.later = std::chrono::seconds(seconds);
      co_await registry::resolve(session.transport, repository, "v1");
      CHECK(server.asked("GET /token") == tokens);
    }
  });
  for (const auto& request : server.log()) CHECK((request.status == 200 || request.target == "/v2/"));
}

TEST_CASE("Bearer: a single-use token is renewed for each request") {
  AuthOptions auth = for_ada(AuthOptions::Scheme::bearer);
  auth.token_uses = 1;
  const ImageRegistry server(testing::Options{.auth = auth});
  testing::run([&](async::Executor executor) -> awaitable<void> {
    Session session(executor, server, login(server, "s3cret"));
    const registry::Repository repository = co_await session.open(server);
    for (int i = 0; i < 4; ++i) co_await registry::resolve(session.transport, repository, "v1");
    CHECK(server.asked("GET /token") == 4);
    CHECK(session.retries.empty());
  });
}

TEST_CASE("Bearer: an identity token is exchanged for access tokens") {
  AuthOptions auth = for_ada(AuthOptions::Scheme::bearer);
  auth.refresh_token = "re+fresh/";
  const ImageRegistry server(testing::Options{.auth = auth});
  const auto identity = [&](const std::string& token) {
    return registry::Credentials::parse(
        R"({"auths":{")" + server.address() + R"(":{"identitytoken":")" + token + "\"}}}", "config");
  };
  expect_found(server, Session::plain(server), identity("re+fresh/"));
  CHECK(server.asked("POST /token") == 1);
  CHECK_FALSE(refusal(server, Session::plain(server), identity("stale")).hint().empty());
}

namespace {

/// Finds the image `many` times at once with credentials that are `first` when they are read first, then the right
/// ones. How often they were read.
int reads_until_found(int many, const Registry& server, const std::string& first) {
  std::atomic<int> reads = 0;
  testing::run([&](async::Executor executor) -> awaitable<void> {
    const auto read = [&] { return login(server, reads++ == 0 ? first : "s3cret"); };
    Session session(executor, Session::plain(server), read);
    int count = 0;
    async::TaskGroup group(executor);
    for (int i = 0; i < many; ++i) group.spawn(find_and_count(session, server, count));
    co_await group.join();
    CHECK(count == many);
  });
  return reads;
}

}  // namespace

TEST_CASE("a login that is refused is looked for again, once for all requests that were refused with it") {
  for (const auto scheme : {AuthOptions::Scheme::basic, AuthOptions::Scheme::bearer}) {
    const ImageRegistry server(testing::Options{.auth = for_ada(scheme)});
    CHECK(reads_until_found(20, server, "ended") == 2);
  }
}

TEST_CASE("Bearer: a login that has ended is looked for again when its token is to be renewed") {
  AuthOptions auth = for_ada(AuthOptions::Scheme::bearer);
  auth.token_lifetime = std::chrono::seconds(300);
  auth.refresh_token = "refresh";
  ImageRegistry server(testing::Options{.auth = auth});
  const auto newer = registry::Credentials::parse(
      R"({"auths":{")" + server.address() + R"(":{"identitytoken":"refresh"}}})", "config");
  std::atomic<int> reads = 0;
  testing::run([&](async::Executor executor) -> awaitable<void> {
    const auto read = [&] { return reads++ == 0 ? login(server, "s3cret") : newer; };
    Session session(executor, Session::plain(server), read);
    const registry::Repository repository = co_await session.open(server);
    server.add_fault("GET /token* 1 status 401");
    session.later = std::chrono::seconds(275);
    co_await registry::resolve(session.transport, repository, "v1");
    CHECK(server.asked("POST /token") == 1);
  });
  CHECK(reads == 2);
}

TEST_CASE("Basic: after 403 a login is looked for again if it is old, as Amazon's registry says so that it has ended") {
  ImageRegistry server(testing::Options{.auth = for_ada(AuthOptions::Scheme::basic)});
  for (const auto& [age, reads_wanted] : {std::pair(9, 1), std::pair(11, 2)}) {
    server.clear_faults();
    server.add_fault("* /v2/a/b/* " + std::string(reads_wanted == 1 ? "*" : "1") + " status 403");
    std::atomic<int> reads = 0;
    testing::run([&](async::Executor executor) -> awaitable<void> {
      const auto read = [&] { return login(server, reads++ == 0 ? "ended" : "s3cret"); };
      Session session(executor, Session::plain(server), read);
      const registry::Repository repository = co_await session.open(server);
      session.later = std::chrono::minutes(age);
      const Error error = co_await error_of(registry::resolve(session.transport, repository, "v1"));
      CHECK(error.kind() == (reads_wanted == 1 ? ErrorKind::unauthorized : ErrorKind::bad_input));
    });
    CHECK(reads == reads_wanted);
  }
}

TEST_CASE("a login that cannot be read is a warning, and the error only if the registry refuses") {
  AuthOptions auth = for_ada(AuthOptions::Scheme::bearer);
  for (const bool is_public : {true, false}) {
    auth.anonymous_pull = is_public;
    const ImageRegistry server(testing::Options{.auth = auth});
    testing::run([&](async::Executor executor) -> awaitable<void> {
      const auto broken = registry::Credentials::unreadable(Error(ErrorKind::unauthorized, "config: not readable"));
      Session session(executor, server, broken);
      const Error error = co_await error_of(find_image(session, server));
      CHECK(std::string(error.what()) == (is_public ? "no error" : "config: not readable"));
      CHECK(session.warnings == std::vector{"config: not readable; no login is used"s});
    });
  }
  const ImageRegistry server(testing::Options{.auth = for_ada(AuthOptions::Scheme::basic)});
  const auto broken = registry::Credentials::unreadable(Error(ErrorKind::unauthorized, "config: not readable"));
  CHECK(std::string(refusal(server, Session::plain(server), broken).what()).ends_with("config: not readable"));
}

TEST_CASE("a token server may redirect, ten times, and the login goes to no other host, port or scheme") {
  ImageRegistry server(testing::Options{.auth = for_ada(AuthOptions::Scheme::bearer)});
  const std::string here = "http://" + server.address();
  server.add_fault("GET /token* 10 redirect " + here + "{target}");
  expect_found(server, Session::plain(server), login(server, "s3cret"));
  server.add_fault("GET /token* 11 redirect " + here + "{target}");
  const Error error = refusal(server, Session::plain(server), login(server, "s3cret"));
  CHECK(error.kind() == ErrorKind::bad_input);
  CHECK(std::string(error.what()).find("more than ten redirects") != std::string::npos);
  CHECK(std::string(error.what()).find(server.address() + ": token for a/b: ") != std::string::npos);

  ImageRegistry other(testing::Options{.auth = for_ada(AuthOptions::Scheme::bearer)});
  server.add_fault("GET /token* 1 redirect http://" + other.address() + "{target}");
  CHECK(refusal(server, Session::plain(server), login(server, "s3cret")).kind() == ErrorKind::unauthorized);
  REQUIRE(other.log().size() == 1);
  CHECK(other.log()[0].authorization.empty());
}

TEST_CASE("Bearer: 400 to an identity token is a refusal, as OAuth2 says so that it has expired") {
  AuthOptions auth = for_ada(AuthOptions::Scheme::bearer);
  auth.refresh_token = "refresh";
  ImageRegistry server(testing::Options{.auth = auth});
  server.add_fault("POST /token* 1 status 400");
  const auto credentials = registry::Credentials::parse(
      R"({"auths":{")" + server.address() + R"(":{"identitytoken":"refresh"}}})", "config");
  const Error error = refusal(server, Session::plain(server), credentials);
  CHECK(error.kind() == ErrorKind::unauthorized);
  CHECK(error.hint().find("may have expired") != std::string::npos);
}

TEST_CASE("an identity token is not given to where a token server redirects") {
  AuthOptions auth = for_ada(AuthOptions::Scheme::bearer);
  auth.refresh_token = "refresh";
  ImageRegistry server(testing::Options{.auth = auth});
  const ImageRegistry other(testing::Options{.auth = auth});
  const auto credentials = registry::Credentials::parse(
      R"({"auths":{")" + server.address() + R"(":{"identitytoken":"refresh"}}})", "config");
  server.add_fault("POST /token* 1 redirect http://" + server.address() + "{target}");
  expect_found(server, Session::plain(server), credentials);
  server.add_fault("POST /token* 1 redirect http://" + other.address() + "{target}");
  const Error error = refusal(server, Session::plain(server), credentials);
  CHECK(error.kind() == ErrorKind::unauthorized);
  CHECK(std::string(error.what()).find("the login is not given to where this redirects") != std::string::npos);
  CHECK(other.log().empty());
}

TEST_CASE("an error about a realm says whose it is") {
  ImageRegistry server(testing::Options{.auth = {.scheme = AuthOptions::Scheme::bearer}});
  testing::FaultRule greeting = testing::FaultRule::parse("GET /v2/ 1 pass");
  greeting.fault.set = {{"WWW-Authenticate", "Bearer realm=\"ftp://elsewhere/token\""}};
  server.add_fault(greeting);
  const Error error = refusal(server, Session::plain(server), {});
  CHECK(error.kind() == ErrorKind::bad_input);
  CHECK(std::string(error.what()).starts_with(server.address() + ": token for a/b: "));
}

TEST_CASE("Bearer: an identity token is the password where the token server has no OAuth2") {
  ImageRegistry server(testing::Options{.auth = for_ada(AuthOptions::Scheme::bearer)});
  server.add_fault("POST /token* 1 status 404");
  const std::string config =
      R"({"auths":{")" + server.address() + R"(":{"username":"ada","password":"","identitytoken":"s3cret"}}})";
  expect_found(server, Session::plain(server), registry::Credentials::parse(config, "config"));
  CHECK(server.asked("POST /token") == 1);
  CHECK(server.asked("GET /token") == 1);
}

TEST_CASE("Bearer: a token server that asks for patience gets it") {
  ImageRegistry server(testing::Options{.auth = for_ada(AuthOptions::Scheme::bearer)});
  server.add_fault("GET /token* 1 status 503 retry-after 0");
  testing::run([&](async::Executor executor) -> awaitable<void> {
    Session session(executor, server, login(server, "s3cret"));
    const oci::Digest digest = co_await find_image(session, server);
    CHECK(digest == sha256(image));
    CHECK(session.retries.size() == 1);
  });
}

TEST_CASE("of several challenges in the greeting, in as many fields, Bearer is taken") {
  ImageRegistry server(testing::Options{.auth = {.scheme = AuthOptions::Scheme::bearer}});
  testing::FaultRule greeting = testing::FaultRule::parse("GET /v2/ 1 pass");
  greeting.fault.set = {{"WWW-Authenticate", "Basic realm=\"x\""},
                        {"WWW-Authenticate", "Bearer realm=\"http://" + server.address() + "/token\""}};
  server.add_fault(greeting);
  expect_found(server, Session::plain(server), {});
}

TEST_CASE("an authorization is renewed from another thread's transport by its own") {
  AuthOptions auth = for_ada(AuthOptions::Scheme::bearer);
  auth.token_uses = 1;
  const ImageRegistry server(testing::Options{.auth = auth});
  asio::io_context elsewhere;
  const auto stay = asio::make_work_guard(elsewhere);
  std::thread thread([&] { elsewhere.run(); });
  testing::run([&](async::Executor executor) -> awaitable<void> {
    Session session(executor, server, login(server, "s3cret"));
    const registry::Repository repository = co_await session.open(server);
    report::Counters counters;
    auto transport = std::make_unique<registry::Transport>(async::Executor(elsewhere.get_executor()),
                                                           session.transport_settings(), session.registries, counters);
    auto resolve_thrice = [&]() -> awaitable<std::string> {
      for (int i = 0; i < 2; ++i) co_await registry::resolve(*transport, repository, "v1");
      const oci::Descriptor found = co_await registry::resolve(*transport, repository, "v1");
      transport.reset();
      co_return found.digest.text();
    };
    const std::string digest = co_await async::run_on(async::Executor(elsewhere.get_executor()), resolve_thrice());
    CHECK(digest == sha256(image).text());
    CHECK(server.asked("GET /token") == 3);
  });
  elsewhere.stop();
  thread.join();
}
