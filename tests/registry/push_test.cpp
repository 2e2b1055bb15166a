#include "acedt/registry/push.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "registry/pushing.hpp"

using namespace acedt;
using acedt::async::awaitable;
using testing::content_of;
using testing::error_of;
using testing::has;
using testing::push;
using testing::Registry;
using testing::requests;
using testing::Session;
using testing::sha256;
using testing::Source;
using testing::tail;
using testing::with_repository;
using namespace std::literals;

TEST_CASE("a blob is pushed by POST and one PUT, whatever its size and its pieces") {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, tail - 1, tail, tail + 1, std::size_t{5'000'000}}) {
    for (const std::size_t piece : {std::size_t{1} << 20, std::size_t{60'000}}) {
      CAPTURE(size);
      CAPTURE(piece);
      auto body = [&](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
        const std::string content = content_of(size);
        Source source(content, piece);
        co_await push(session, repository, content, source);
        CHECK(has(server, content));
        CHECK(server.log().size() == 2);
        CHECK(server.asked("POST /v2/a/b/blobs/uploads/") == 1);
        CHECK(session.counters.bytes_sent == size);
        CHECK(source.starts == std::vector<std::uint64_t>{0});
        CHECK(session.retries.empty());
      };
      with_repository({}, body);
    }
  }
}

TEST_CASE("a blob that does not match its digest and size is never completed") {
  const std::string content = content_of(300'000);
  const auto expect = [&](const std::string& damaged) {
    auto body = [&](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
      Source source(damaged, 50'000);
      const Error error = co_await error_of(push(session, repository, content, source));
      CHECK(error.kind() == ErrorKind::corrupt);
      CHECK(std::string(error.what()).find(sha256(content).text()) != std::string::npos);
      CHECK_FALSE(has(server, content));
      CHECK(server.asked("PUT") == 0);  // whole ones
      CHECK(session.retries.empty());
    };
    with_repository({}, body);
  };
  for (const std::size_t at : {std::size_t{0}, content.size() / 2, content.size() - 1}) {
    std::string damaged = content;
    damaged[at] = static_cast<char>(~damaged[at]);
    CAPTURE(at);
    expect(damaged);
  }
  expect(content.substr(0, content.size() - 1));
  expect(content + "x");
  expect("");
}

TEST_CASE("a source that fails ends the push with its error") {
  auto body = [&](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
    const std::string content = content_of(300'000);
    Source source(content, 50'000);
    source.fails_at = 100'000;
    const Error error = co_await error_of(push(session, repository, content, source));
    CHECK(error.kind() == ErrorKind::storage);
    CHECK(std::string(error.what()) == "blob " + sha256(content).text() + ": the disk is broken");
    CHECK_FALSE(has(server, content));
    CHECK(session.retries.empty());
    CHECK(server.asked("DELETE /v2/a/b/blobs/uploads/*") == 1);
  };
  with_repository({}, body);
}

TEST_CASE("the upload session that checks the access serves the first blob") {
  auto body = [&](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
    co_await registry::require_push(session.transport, repository);
    for (const std::size_t size : {std::size_t{100}, std::size_t{200}}) {
      const std::string content = content_of(size);
      Source source(content);
      co_await push(session, repository, content, source);
      CHECK(has(server, content));
    }
    CHECK(server.asked("POST") == 2);
  };
  with_repository({}, body);
}

namespace {

/// Pushes two blobs, one after the other, which c/d has, to a registry with these faults. Checks what it asks for, and
/// that they arrive.
void expect_mounts(testing::Options options, const std::vector<std::string>& faults, const std::string& expected) {
  auto body = [&](Registry& server, Session& session, registry::Repository) -> awaitable<void> {
    for (const std::string& fault : faults) server.add_fault(fault);
    const oci::Reference reference = oci::Reference::parse(server.address() + "/a/b:v1");
    const registry::Repository repository = co_await session.registries.open_for_mounts(reference, "c/d");
    CHECK(server.log().empty());
    for (const std::size_t size : {std::size_t{100}, std::size_t{200}}) {
      const std::string content = content_of(size);
      server.store().put_blob("c/d", sha256(content), testing::Content::of(content));
      Source source(content);
      co_await push(session, repository, content, source);
      CHECK(has(server, content));
    }
    CHECK(requests(server) == expected);
    CHECK(session.retries.empty());
  };
  with_repository(std::move(options), body);
}

testing::Options with_tokens() {
  testing::Options options;
  options.auth.scheme = testing::AuthOptions::Scheme::bearer;
  return options;
}

}  // namespace

TEST_CASE("blobs are mounted, with one token for both repositories") {
  expect_mounts({}, {}, "POST 201, POST 201");
  expect_mounts(with_tokens(), {}, "GET 200, POST 201, POST 201");
}

TEST_CASE("a mount that opens a session costs no request") {
  expect_mounts({.mount = false}, {}, "POST 202, PUT 201, POST 202, PUT 201");
}

TEST_CASE("no refusal of a mount is an error, and the first one is the last one") {
  const std::string uploads = "POST 202, PUT 201, POST 202, PUT 201";
  for (const std::string& status : {"400"s, "403"s, "404"s, "405"s})
    expect_mounts({}, {"POST *mount=* * status " + status}, "POST " + status + ", " + uploads);
  expect_mounts(with_tokens(), {"GET /token*scope=*scope=* * status 400"}, "GET 400, " + uploads);
  expect_mounts(with_tokens(), {"GET /token*scope=*scope=* * status 401"}, "GET 401, " + uploads);
  // With tokens for one of them only, two new tokens do not help.
  expect_mounts(with_tokens(), {"POST *mount=* * status 401"},
                "GET 200, POST 401, GET 200, POST 401, GET 200, POST 401, " + uploads);
}

TEST_CASE("a mount that breaks or comes at a bad time costs no attempt") {
  expect_mounts({}, {"POST *mount=* 1 drop"}, "POST 0, POST 202, PUT 201, POST 201");
  expect_mounts({}, {"POST *mount=* 1 status 500"}, "POST 500, POST 202, PUT 201, POST 201");
}

namespace {

using Lines = std::vector<std::string>;

/// Pushes a blob, more than the kernel takes before the registry does, to a registry of that kind with these faults.
/// Checks what it asks for, and that the blob arrives.
void expect_requests(testing::Options options, const Lines& faults, const std::string& expected) {
  auto body = [&](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
    for (const std::string& fault : faults) server.add_fault(fault);
    static const std::string content = content_of(20'000'000);
    Source source(content);
    co_await push(session, repository, content, source);
    CHECK(has(server, content));
    CHECK(requests(server) == expected);
  };
  with_repository(std::move(options), body);
}

}  // namespace

TEST_CASE("a broken upload is continued if the registry supports it, and restarted otherwise") {
  for (const std::string& end : {"drop"s, "drop reset 0"s}) {
    CAPTURE(end);
    const Lines cut = {"PUT */uploads/* 1 take 3000000 " + end};
    expect_requests({.uploads = testing::UploadKind::distribution3}, cut, "POST 202, PUT 0, GET 204, PUT 201");
    const std::string anew = "POST 202, PUT 0, GET 404, POST 202, PUT 201";
    expect_requests({.uploads = testing::UploadKind::distribution2}, cut, anew);
    expect_requests({.uploads = testing::UploadKind::zot}, cut, anew);
    expect_requests({.uploads = testing::UploadKind::crane}, cut,
                    "POST 202, PUT 0, GET 400, DELETE 204, POST 202, PUT 201");
  }
}

TEST_CASE("a registry that could not continue an upload is not asked to again") {
  auto body = [&](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
    server.add_fault("PUT */uploads/* 1 take 3000000 drop");
    server.add_fault("PUT */uploads/* 1 pass");
    server.add_fault("PUT */uploads/* 1 take 3000000 drop");
    for (const std::size_t size : {std::size_t{20'000'000}, std::size_t{20'000'001}}) {
      const std::string content = content_of(size);
      Source source(content);
      co_await push(session, repository, content, source);
      CHECK(has(server, content));
    }
    CHECK(server.asked("GET") == 1);
  };
  with_repository({.uploads = testing::UploadKind::zot}, body);
}

TEST_CASE("an upload that is continued sends and hashes nothing twice") {
  auto body = [&](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
    server.add_fault("PUT */uploads/* 1 take 3000000 drop");
    server.add_fault("PUT */uploads/* 1 take 1500000 drop");
    const std::string content = content_of(20'000'000);
    Source source(content);
    co_await push(session, repository, content, source);
    CHECK(has(server, content));
    CHECK(source.starts == std::vector<std::uint64_t>{0, 3'000'000, 4'500'000});
  };
  with_repository({}, body);
}

TEST_CASE("damage is also found after an upload was continued") {
  auto body = [&](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
    server.add_fault("PUT */uploads/* 1 take 3000000 drop");
    const std::string content = content_of(20'000'000);
    std::string damaged = content;
    damaged[100] = static_cast<char>(~damaged[100]);
    Source source(damaged);
    const Error error = co_await error_of(push(session, repository, content, source));
    CHECK(error.kind() == ErrorKind::corrupt);
    CHECK(server.asked("PUT") == 1);
  };
  with_repository({}, body);
}

TEST_CASE("an implausible upload status is ignored") {
  for (const std::string& range : {"0-19999999"s, "0-99999999"s, "bytes=1-2"s, "none"s}) {
    CAPTURE(range);
    expect_requests({}, {"PUT */uploads/* 1 take 3000000 drop", "GET */uploads/* 1 header Range " + range},
                    "POST 202, PUT 0, GET 204, DELETE 204, POST 202, PUT 201");
  }
}

TEST_CASE("a registry that notices late that an upload broke is asked again") {
  auto body = [&](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
    server.add_fault("PUT */uploads/* 1 take 3000000 drop");
    server.add_fault("GET */uploads/* 1 header Range 0-0");
    const std::string content = content_of(20'000'000);
    Source source(content);
    co_await push(session, repository, content, source);
    CHECK(has(server, content));
    CHECK(requests(server) == "POST 202, PUT 0, GET 204, GET 204, PUT 201");
    CHECK(source.starts == std::vector<std::uint64_t>{0, 3'000'000});
    CHECK(session.retries.size() == 2);
  };
  with_repository({}, body);
}

TEST_CASE("if the response to the last byte is lost, HEAD asks for the blob before it is sent again") {
  expect_requests({}, {"PUT */uploads/* 1 drop"}, "POST 202, PUT 0, HEAD 200");
  expect_requests({}, {"PUT */uploads/* 1 status 504"},
                  "POST 202, PUT 504, HEAD 404, GET 204, GET 204, DELETE 204, POST 202, PUT 201");
}

TEST_CASE("a blob is sent in chunks only after it was too large for one request") {
  auto body = [&](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
    server.add_fault("* */uploads/* * take 1500000 status 413");
    const std::string content = content_of(5'000'000);
    Source source(content);
    co_await push(session, repository, content, source);
    CHECK(has(server, content));
    CHECK(server.asked("POST") == 1);
    CHECK(server.asked("PUT") == 2);
    CHECK(server.asked("HEAD") == 1);  // some registries keep the last chunk only
    CHECK(session.retries.empty());
    // The next one knows how much is taken.
    server.clear_log();
    const std::string other = content_of(4'000'000);
    Source another(other);
    co_await push(session, repository, other, another);
    CHECK(has(server, other));
    CHECK(requests(server).find("PATCH 413") == std::string::npos);
    CHECK(another.starts == std::vector<std::uint64_t>{0});
  };
  with_repository({}, body);
}

TEST_CASE("a blob that is too large even in chunks is an error with a hint") {
  auto body = [&](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
    server.add_fault("* */uploads/* * take 1000 status 413");
    const std::string content = content_of(5'000'000);
    Source source(content);
    const Error error = co_await error_of(push(session, repository, content, source));
    CHECK(error.kind() == ErrorKind::bad_input);
    CHECK(error.hint().find("client_max_body_size") != std::string::npos);
    CHECK(session.retries.empty());
  };
  with_repository({}, body);
}

TEST_CASE("a chunk that breaks is continued from where it stopped") {
  auto body = [&](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
    server.add_fault("PUT * * take 4000000 status 413");
    server.add_fault("PATCH * 1 pass");
    server.add_fault("PATCH * 1 take 1200000 drop");
    const std::string content = content_of(9'000'000);
    Source source(content);
    co_await push(session, repository, content, source);
    CHECK(has(server, content));
    CHECK(server.asked("POST") == 1);
  };
  with_repository({}, body);
}

TEST_CASE("an early response ends the body") {
  auto body = [&](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
    server.add_fault("PUT */uploads/* 1 take 1000 status 403 says DENIED no");
    const std::string content = content_of(50'000'000);
    Source source(content);
    const Error error = co_await error_of(push(session, repository, content, source));
    CHECK(error.kind() == ErrorKind::unauthorized);
    CHECK(std::string(error.what()).find("denied: no") != std::string::npos);
    CHECK(session.counters.bytes_sent < 50'000'000);
    CHECK(server.asked("DELETE") == 1);
  };
  with_repository({}, body);
}

TEST_CASE("after a refused token, the body is sent again from its start with a new one") {
  testing::Options options;
  options.auth.scheme = testing::AuthOptions::Scheme::bearer;
  auto body = [&](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
    const std::string challenge = "Bearer realm=\"http://" + server.address() +
                                  "/token\",service=\"acedt-registry\",scope=\"repository:a/b:pull\"";
    server.add_fault("PUT */uploads/* 1 take 1000 status 401 header WWW-Authenticate " + challenge);
    const std::string content = content_of(5'000'000);
    Source source(content);
    co_await push(session, repository, content, source);
    CHECK(has(server, content));
    CHECK(server.asked("POST") == 1);
    CHECK(server.asked("PUT") == 2);
    // The challenge names pull only: that is no reason to ask for less.
    const auto log = server.log();
    for (const testing::LogEntry& entry : log)
      if (entry.target.starts_with("/token")) CHECK(entry.target.find("pull%2Cpush") != std::string::npos);
    CHECK(session.retries.empty());
  };
  with_repository(std::move(options), body);
}

TEST_CASE("a token that expires soon is renewed before a push") {
  testing::Options options;
  options.auth.scheme = testing::AuthOptions::Scheme::bearer;
  options.auth.token_lifetime = 300s;
  auto body = [&](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
    const std::string content = content_of(100);
    Source source(content);
    session.later = 239s;
    co_await push(session, repository, content, source);
    CHECK(server.asked("GET /token*") == 0);
    session.later = 241s;
    co_await push(session, repository, content, source);
    CHECK(server.asked("GET /token*") == 1);
    CHECK(server.asked("DELETE") == 0);
  };
  with_repository(std::move(options), body);
}

TEST_CASE("a busy registry is given the time that it asks for") {
  auto body = [&](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
    for (const std::string& method : {"POST"s, "PUT"s}) {
      server.add_fault(method + " */uploads/* 1 status 429 retry-after 1");
      const std::string content = content_of(method.size());
      Source source(content);
      co_await push(session, repository, content, source);
      CHECK(has(server, content));
    }
    REQUIRE(session.retries.size() == 2);
    for (const report::Retrying& retry : session.retries) CHECK(retry.delay >= 1s);
    CHECK(session.busy.size() == 2);
    REQUIRE(session.pauses.size() == 2);
    CHECK(session.pauses.front().pause == 1s);
    CHECK(session.pauses.front().host == server.address());
  };
  with_repository({}, body);
}

TEST_CASE("upload URLs may be relative or absolute, without TLS or port, with a query") {
  auto body = [&](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
    const std::string host = "127.0.0.1";
    for (const std::string& location :
         {"http://" + server.address() + "{value}", "http://" + host + "{value}", "https://" + host + "{value}",
          "//" + host + ":1{value}", "{value}?_state=secret"s}) {
      CAPTURE(location);
      server.add_fault("POST * 1 header Location " + location);
      const std::string content = content_of(location.size());
      Source source(content);
      co_await push(session, repository, content, source);
      CHECK(has(server, content));
    }
    CHECK(server.asked("PUT *?_state=secret&digest=sha256*") == 1);
    // A state is a secret: no text has it.
    server.add_fault("POST * 1 header Location {value}?_state=secret");
    server.add_fault("PUT * 1 status 400");
    const std::string content = content_of(7);
    Source source(content);
    const Error error = co_await error_of(push(session, repository, content, source));
    CHECK(error.kind() == ErrorKind::bad_input);
    CHECK(std::string(error.what()).find("/uploads/") != std::string::npos);
    CHECK(std::string(error.what()).find("secret") == std::string::npos);
  };
  with_repository({}, body);
}

TEST_CASE("uploads to another host need TLS, and get no credentials") {
  Registry elsewhere({.tls = testing::Certificate::self_signed()});
  Registry server({.tls = testing::Certificate::self_signed(),
                   .auth = {.scheme = testing::AuthOptions::Scheme::basic, .user = "me", .password = "secret"}});
  testing::run([&](async::Executor executor) -> awaitable<void> {
    registry::Settings settings;
    settings.endpoints[server.address()] = {"https://" + server.address()};
    settings.endpoint_settings["https://" + server.address()].insecure_skip_verify = true;
    const auto credentials = registry::Credentials::of(server.address(), {"me", Secret("secret")});
    Session session(executor, std::move(settings), credentials);
    const oci::Reference reference = oci::Reference::parse(server.address() + "/a/b:v1");
    const registry::Repository repository = co_await session.registries.open_for_push(reference);
    const std::string content = content_of(100'000);
    Source source(content);

    const std::string there = "localhost:" + std::to_string(elsewhere.port()) + "/upload?signature=1";
    server.add_fault("POST * 1 header Location http://" + there);
    const Error error = co_await error_of(push(session, repository, content, source));
    CHECK(error.kind() == ErrorKind::bad_input);
    CHECK(elsewhere.log().empty());

    server.add_fault("POST * 1 header Location https://" + there);
    elsewhere.add_fault("PUT /upload* * status 204");
    co_await push(session, repository, content, source);
    const auto log = elsewhere.log();
    REQUIRE(log.size() == 1);
    CHECK(log[0].target.starts_with("/upload?signature=1&digest=sha256"));
    CHECK(log[0].authorization.empty());

    // A redirect is followed with the body from its start, and without credentials, too.
    server.add_fault("PUT * 1 redirect https://" + there);
    co_await push(session, repository, content, source);
    CHECK(elsewhere.log().size() == 2);
    CHECK(elsewhere.log()[1].authorization.empty());
    server.add_fault("PUT * 1 redirect http://" + there);
    const Error plain = co_await error_of(push(session, repository, content, source));
    CHECK(plain.kind() == ErrorKind::bad_input);
    CHECK(elsewhere.log().size() == 2);
  });
}

TEST_CASE("a blob is pushed over TLS, and an early response is noticed there") {
  Registry server({.tls = testing::Certificate::self_signed()});
  testing::run([&](async::Executor executor) -> awaitable<void> {
    registry::Settings settings;
    settings.endpoints[server.address()] = {"https://" + server.address()};
    settings.endpoint_settings["https://" + server.address()].insecure_skip_verify = true;
    Session session(executor, std::move(settings));
    const oci::Reference reference = oci::Reference::parse(server.address() + "/a/b:v1");
    const registry::Repository repository = co_await session.registries.open_for_push(reference);
    const std::string content = content_of(20'000'000);
    Source source(content);
    co_await push(session, repository, content, source);
    CHECK(has(server, content));
    CHECK(server.stats().connections == 2);  // one greeted
    server.add_fault("PUT * 1 take 1000 status 403");
    const Error error = co_await error_of(push(session, repository, content, source));
    CHECK(error.kind() == ErrorKind::unauthorized);
  });
}
