#include "acedt/registry/transport.hpp"

#include <doctest/doctest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "acedt/async/task_group.hpp"
#include "acedt/base/text.hpp"
#include "acedt/oci/media_type.hpp"
#include "acedt/registry/referrers.hpp"
#include "registry/session.hpp"
#include "support/run.hpp"
#include "support/sha256.hpp"

using namespace acedt;
using acedt::async::awaitable;
using testing::Content;
using testing::error_of;
using testing::image;
using testing::image_descriptor;
using testing::Registry;
using testing::Session;
using testing::sha256;
using testing::with_image;
using namespace std::literals;

TEST_CASE("a tag and a digest are resolved by one HEAD") {
  for (const std::string& selector : {"v1"s, sha256(image).text()}) {
    auto body = [&](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
      const oci::Descriptor found = co_await registry::resolve(session.transport, repository, selector);
      CHECK(found == image_descriptor());
      CHECK(server.log().size() == 1);
      CHECK(server.asked("HEAD /v2/a/b/manifests/" + selector) == 1);
    };
    with_image({}, body);
  }
}

TEST_CASE("if the response to HEAD lacks something, the manifest is fetched") {
  const auto expect = [](const std::string& fault, testing::Options options, std::size_t gets) {
    auto body = [&](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
      if (!fault.empty()) server.add_fault(fault);
      const oci::Descriptor found = co_await registry::resolve(session.transport, repository, "v1");
      CHECK(found == image_descriptor());
      CHECK(server.asked("HEAD") == 1);
      CHECK(server.asked("GET /v2/a/b/manifests/v1") == gets);
    };
    with_image(std::move(options), body);
  };
  expect("", testing::Options{.digest_header = false}, 1);
  expect("HEAD * * without Content-Length", {}, 1);
  expect("* * * without Content-Type", {}, 1);
  expect("* * * header Content-Type text/plain", {}, 1);
  expect("HEAD * * status 405", {}, 1);
  expect("* * * header Content-Type application/vnd.oci.image.manifest.v1+json; charset=utf-8", {}, 0);
}

TEST_CASE("a missing manifest is not found, and the message names its URL") {
  auto body = [](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
    const Error error = co_await error_of(registry::resolve(session.transport, repository, "v2"));
    CHECK(error.kind() == ErrorKind::not_found);
    CHECK(std::string(error.what()).starts_with("GET http://" + server.address() + "/v2/a/b/manifests/v2: 404"));
    CHECK(session.retries.empty());
  };
  with_image({}, body);
}

TEST_CASE("content that is no manifest is refused") {
  auto body = [](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
    server.store().put_manifest("a/b", "v2", "application/vnd.docker.distribution.manifest.v1+prettyjws",
                                Content::of(R"({"schemaVersion":1})"));
    const Error error = co_await error_of(registry::resolve(session.transport, repository, "v2"));
    CHECK(error.kind() == ErrorKind::bad_input);
    CHECK(std::string(error.what()).find("manifest.v1+prettyjws") != std::string::npos);
    CHECK_FALSE(error.hint().empty());
  };
  with_image({}, body);
}

TEST_CASE("a digest that names other bytes than those of the answer is corrupt") {
  auto body = [](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
    server.add_fault("HEAD * * without Content-Length");
    server.add_fault("GET */manifests/* * flip 3");
    const Error error = co_await error_of(registry::resolve(session.transport, repository, sha256(image).text()));
    CHECK(error.kind() == ErrorKind::corrupt);
  };
  with_image({}, body);
}

TEST_CASE("a manifest that arrives wrong is fetched anew once") {
  for (const bool once : {true, false}) {
    auto body = [&](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
      server.add_fault("GET */manifests/* "s + (once ? "1" : "*") + " flip 3");
      if (once) {
        const std::string text = co_await registry::fetch_manifest(session.transport, repository, image_descriptor());
        CHECK(text == image);
      } else {
        const Error error =
            co_await error_of(registry::fetch_manifest(session.transport, repository, image_descriptor()));
        CHECK(error.kind() == ErrorKind::corrupt);
        CHECK(std::string(error.what()).find("want " + sha256(image).text()) != std::string::npos);
      }
      CHECK(server.asked("GET") == 2);
      CHECK(session.retries.size() == 1);
    };
    with_image({}, body);
  }
}

TEST_CASE("a manifest of another size than its descriptor says is corrupt") {
  auto body = [](Registry&, Session& session, registry::Repository repository) -> awaitable<void> {
    oci::Descriptor wrong = image_descriptor();
    wrong.size += 1_B;
    const Error error = co_await error_of(registry::fetch_manifest(session.transport, repository, wrong));
    CHECK(error.kind() == ErrorKind::corrupt);
  };
  with_image({}, body);
}

TEST_CASE("a registry that asks to wait is asked again after that time, seven times in all") {
  auto body = [](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
    server.add_fault("GET * 5 status 429 retry-after 0");
    const std::string text = co_await registry::fetch_manifest(session.transport, repository, image_descriptor());
    CHECK(text == image);
    REQUIRE(session.retries.size() == 5);
    CHECK(session.busy == std::vector<std::string>(5, server.address()));
    CHECK(session.retries.back().delay.count() == 0);
    CHECK(session.retries.back().attempt == 5);
    CHECK(session.retries.front().why.find("429 Too Many Requests") != std::string::npos);

    server.clear_log();
    server.add_fault("GET * * status 503 retry-after 0");
    const Error error = co_await error_of(registry::fetch_manifest(session.transport, repository, image_descriptor()));
    CHECK(error.kind() == ErrorKind::unavailable);
    CHECK(server.asked("GET") == 7);
  };
  with_image({}, body);
}

TEST_CASE("a cut answer is fetched again") {
  auto body = [](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
    server.add_fault("GET * 1 cut 5");
    const std::string text = co_await registry::fetch_manifest(session.transport, repository, image_descriptor());
    CHECK(text == image);
    CHECK(session.retries.size() == 1);
  };
  with_image({}, body);
}

TEST_CASE("a connection that was closed while it was idle is no failure") {
  auto body = [](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
    co_await registry::resolve(session.transport, repository, "v1");
    server.add_fault("GET * 1 drop");
    const std::string text = co_await registry::fetch_manifest(session.transport, repository, image_descriptor());
    CHECK(text == image);
    CHECK(session.retries.empty());

    server.add_fault("GET * 2 drop");  // on the idle connection, and on a fresh one
    co_await registry::fetch_manifest(session.transport, repository, image_descriptor());
    CHECK(session.retries.size() == 1);
  };
  with_image({}, body);
}

TEST_CASE("a request that is not idempotent is not sent again when its idle connection was closed") {
  for (const auto& [method, times] : {std::pair("GET"s, 2U), std::pair("PUT"s, 2U), std::pair("POST"s, 1U)}) {
    auto body = [&](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
      co_await registry::resolve(session.transport, repository, "v1");
      server.add_fault(method + " * 1 drop");
      http::Request request{method, repository.path("blobs", "uploads/")};
      bool failed = false;
      try {
        co_await session.transport.exchange(repository.target, std::move(request));
      } catch (const Error& error) {
        failed = error.kind() == ErrorKind::transport;
      }
      CHECK(failed == (times == 1));
      CHECK(server.asked(method) == times);
    };
    with_image({}, body);
  }
}

TEST_CASE("requests that follow one another share a connection") {
  for (const bool keep_alive : {true, false}) {
    auto body = [&](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
      const std::size_t before = server.stats().connections;
      for (int i = 0; i < 5; ++i) co_await registry::fetch_manifest(session.transport, repository, image_descriptor());
      CHECK(server.stats().connections - before == (keep_alive ? 1 : 5));
    };
    with_image(testing::Options{.keep_alive = keep_alive}, body);
  }
}

TEST_CASE("a redirect to another listener is followed, without Authorization") {
  testing::Options options{.storage_port = 0, .redirect_blobs = true};
  options.auth = {.scheme = testing::AuthOptions::Scheme::basic, .user = "ada", .password = "s3cret"};
  Registry server(options);
  const std::string digest = server.store().put_blob("a/b", Content::of("hello")).text();
  const std::string auth = to_base64(as_bytes("ada:s3cret"));
  const auto credentials = registry::Credentials::parse(
      R"({"auths":{")" + server.address() + R"(":{"auth":")" + auth + "\"}}}", "config.json");
  testing::run([&](async::Executor executor) -> awaitable<void> {
    Session session(executor, server, credentials);
    const registry::Repository repository = co_await session.open(server);
    server.clear_log();
    http::Request request{"GET", repository.path("blobs", digest)};
    registry::Response response = co_await session.transport.get(repository, std::move(request));
    CHECK(response.what().find("signature") == std::string::npos);
    const std::string body = co_await session.transport.read_all(response);
    CHECK(body == "hello");
    const auto log = server.log();
    REQUIRE(log.size() == 2);
    CHECK(log[0].status == 307);
    CHECK(log[0].authorization == "basic");
    CHECK(log[1].at_storage);
    CHECK(log[1].authorization.empty());
  });
}

TEST_CASE("endless redirects are refused") {
  auto body = [](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
    server.add_fault("GET * * redirect http://" + server.address() + "{target}");
    const Error error = co_await error_of(registry::fetch_manifest(session.transport, repository, image_descriptor()));
    CHECK(error.kind() == ErrorKind::bad_input);
    CHECK(std::string(error.what()).find("more than ten redirects") != std::string::npos);
    CHECK(server.asked("GET") == 11);
  };
  with_image({}, body);
}

TEST_CASE("an answer that is too large to be held is refused") {
  auto body = [](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
    const std::string large(registry::max_manifest_size.count + 1, 'x');
    const std::string digest = server.store().put_blob("a/b", Content::of(large)).text();
    http::Request request{"GET", repository.path("blobs", digest)};
    registry::Response response = co_await session.transport.get(repository, std::move(request));
    const Error error = co_await error_of(session.transport.read_all(response));
    CHECK(error.kind() == ErrorKind::bad_input);
  };
  with_image({}, body);
}

TEST_CASE("looking for a tag that does not exist takes one request") {
  auto body = [](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
    const auto none = co_await registry::find_manifest(session.transport, repository, "v2");
    CHECK_FALSE(none);
    CHECK(server.log().size() == 1);
    const auto found = co_await registry::find_manifest(session.transport, repository, "v1");
    CHECK(found == image_descriptor());
    CHECK(server.log().size() == 2);
  };
  with_image({}, body);
}

TEST_CASE("looking for a tag is an error if the registry does not say whether it exists") {
  auto body = [](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
    server.add_fault("* * 8 status 502 retry-after 0");
    const auto found =
        co_await registry::find_manifest(session.transport, repository, "v1");  // HEAD and GET, four times
    CHECK(found == image_descriptor());
    server.add_fault("* * * status 418");
    const Error error = co_await error_of(registry::find_manifest(session.transport, repository, "v1"));
    CHECK(error.kind() == ErrorKind::bad_input);
  };
  with_image({}, body);
}

TEST_CASE("a failed attempt tells which host failed, and the first answer after it that it has recovered") {
  auto body = [](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
    server.add_fault("* * 3 status 502 retry-after 0");
    co_await registry::fetch_manifest(session.transport, repository, image_descriptor());
    REQUIRE(session.retries.size() == 3);
    for (const report::Retrying& retry : session.retries) CHECK(retry.host == server.address());
    REQUIRE(session.recoveries.size() == 1);
    CHECK(session.recoveries.front().host == server.address());
  };
  with_image({}, body);
}

TEST_CASE("the host that failed is the one that was redirected to") {
  testing::Options options{.storage_port = 0, .redirect_blobs = true};
  auto body = [](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
    const std::string digest = server.store().put_blob("a/b", Content::of("hello")).text();
    server.add_fault("GET /storage/* * drop");
    http::Request request{"GET", repository.path("blobs", digest)};
    const Error error = co_await error_of(session.transport.get(repository, std::move(request)));
    plan::Retry retry = session.transport.new_retry();
    co_await session.transport.back_off(retry, std::make_exception_ptr(error), "blob");
    CHECK(session.retries.back().host != server.address());
    CHECK(session.retries.back().host.starts_with("127.0.0.1:"));
  };
  with_image(std::move(options), body);
}

TEST_CASE("cosign's tags are found among those that a repository lists, and as manifests with their tag") {
  auto body = [](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
    const std::vector<std::string> tags = registry::cosign_tags(sha256(image));
    REQUIRE(tags.size() == 3);
    CHECK(tags[0] == "sha256-" + sha256(image).hex() + ".sig");
    for (const std::string& tag : {tags[0], tags[2]}) server.store().put_manifest("a/b", tag, "", Content::of(image));
    const auto listed = co_await registry::list_cosign_tags(session.transport, repository);
    REQUIRE(listed);
    CHECK(*listed == std::set{tags[0], tags[2]});
    const auto found = co_await registry::find_tags(session.transport, repository, tags);
    REQUIRE(found.size() == 2);
    CHECK(found[1].annotations == std::map<std::string, std::string>{{"org.opencontainers.image.ref.name", tags[2]}});
    server.add_fault("GET */tags/list* * status 403");
    const auto unlisted = co_await registry::list_cosign_tags(session.transport, repository);
    CHECK_FALSE(unlisted);
  };
  with_image({}, body);
}
