#include "acedt/registry/push.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "acedt/oci/manifest.hpp"
#include "acedt/oci/media_type.hpp"
#include "acedt/registry/problem.hpp"
#include "acedt/registry/referrers.hpp"
#include "registry/pushing.hpp"

using namespace acedt;
using acedt::async::awaitable;
using testing::Content;
using testing::content_of;
using testing::error_of;
using testing::image;
using testing::image_descriptor;
using testing::push;
using testing::Registry;
using testing::requests;
using testing::Session;
using testing::sha256;
using testing::Source;
using testing::with_repository;
using namespace std::literals;

TEST_CASE("a manifest is put under its digest and under a tag") {
  auto body = [&](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
    const oci::Descriptor descriptor = image_descriptor();
    for (const std::string& selector : {descriptor.digest.text(), "v1"s}) {
      const bool subject = co_await registry::push_manifest(session.transport, repository, selector, descriptor, image);
      CHECK_FALSE(subject);
      const auto stored = server.store().manifest("a/b", selector);
      REQUIRE(stored);
      CHECK(stored->content.text() == image);
      CHECK(stored->media_type == descriptor.media_type);
    }
    CHECK(server.log().size() == 2);
  };
  with_repository({}, body);
}

TEST_CASE("HEAD tells whether a blob is there") {
  auto body = [&](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
    const std::string content = content_of(100);
    const auto ask = [&](std::uint64_t size) {
      return registry::has_blob(session.transport, repository, sha256(content), Bytes{size});
    };
    bool there = co_await ask(100);
    CHECK_FALSE(there);
    server.store().put_blob("a/b", Content::of(content));
    there = co_await ask(100);
    CHECK(there);
    there = co_await ask(99);
    CHECK_FALSE(there);
    for (const std::string& status : {"403"s, "401"s, "405"s}) {
      server.add_fault("HEAD * * status " + status);
      there = co_await ask(100);
      CHECK_FALSE(there);
      server.clear_faults();
    }
    CHECK(server.asked("GET") == 0);
  };
  with_repository({}, body);
}

TEST_CASE("refusals have a hint") {
  const auto expect = [](const std::string& fault, ErrorKind kind, const std::string& hint) {
    CAPTURE(fault);
    auto body = [&](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
      server.add_fault("* * * " + fault);
      const std::string content = content_of(100);
      Source source(content);
      const Error blob = co_await error_of(push(session, repository, content, source));
      CHECK(blob.kind() == kind);
      CHECK(blob.hint().find(hint) != std::string::npos);
      const Error manifest =
          co_await error_of(registry::push_manifest(session.transport, repository, "v1", image_descriptor(), image));
      CHECK(manifest.kind() == kind);
      CHECK(manifest.hint().find(hint) != std::string::npos);
      const Error access = co_await error_of(registry::require_push(session.transport, repository));
      CHECK(access.kind() == kind);
      CHECK(session.retries.empty());
    };
    with_repository({}, body);
  };
  expect("status 404 says NAME_UNKNOWN repository name not known", ErrorKind::not_found, "create the repository a/b");
  expect("status 403 says DENIED requested access is denied", ErrorKind::unauthorized, "may push to a/b");
  expect("status 403 says DENIED adding 1.0 MiB will exceed the quota", ErrorKind::no_space, "quota of a/b");
  expect("status 507", ErrorKind::no_space, "quota of a/b");
  expect("status 413", ErrorKind::bad_input, "client_max_body_size");
  expect("status 415", ErrorKind::bad_input, "docker2s2");
  expect("status 400 says TAG_INVALID The tag is immutable", ErrorKind::bad_input, "does not let it move");
}

TEST_CASE("a refusal of a manifest that names missing content is a ContentMissing") {
  auto body = [&](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
    for (const std::string& refusal : {"400 says MANIFEST_BLOB_UNKNOWN blob unknown"s, "400 says MANIFEST_INVALID no"s,
                                       "404 says MANIFEST_UNKNOWN no"s}) {
      server.add_fault("PUT * 1 status " + refusal);
      bool is_told = false;
      try {
        co_await registry::push_manifest(session.transport, repository, "v1", image_descriptor(), image);
      } catch (const registry::ContentMissing&) {
        is_told = true;
      }
      CHECK(is_told);
    }
  };
  with_repository({}, body);
}

TEST_CASE("pushes go to the first endpoint of a registry only, under the repository's own name") {
  Registry first;
  Registry second;
  testing::run([&](async::Executor executor) -> awaitable<void> {
    registry::Settings settings;
    settings.endpoints["reg.example"] = {"http://" + first.address() + "/v2/team", "http://" + second.address()};
    settings.rewrites["reg.example"].push_back(registry::Rewrite::parse("^", "mirror/"));
    Session session(executor, std::move(settings));
    const oci::Reference reference = oci::Reference::parse("reg.example/a/b:v1");
    const registry::Repository repository = co_await session.registries.open_for_push(reference);
    CHECK(repository.name == "team/a/b");
    CHECK(repository.scope == "repository:team/a/b:pull,push");
    first.add_fault("POST * * drop");
    const Error error = co_await error_of(registry::require_push(session.transport, repository));
    CHECK(error.kind() == ErrorKind::transport);
    CHECK(second.log().empty());
  });
}

namespace {

oci::Descriptor referrer(const std::string& name) {
  return {std::string(oci::media_type::oci_manifest), sha256(name), {name.size()}};
}

/// The digests in the referrers tag of `image`.
std::vector<oci::Digest> listed(Registry& server) {
  const auto index = server.store().manifest("a/b", registry::referrers_tag(sha256(image)));
  if (!index) return {};
  std::vector<oci::Digest> digests;
  for (const oci::Descriptor& one : oci::parse_referrers(index->content.text())) digests.push_back(one.digest);
  return digests;
}

awaitable<void> add(Session& session, const registry::Repository& repository, std::vector<oci::Descriptor> referrers) {
  co_await registry::add_to_referrers_tag(session.transport, repository, sha256(image), std::move(referrers));
}

}  // namespace

TEST_CASE("referrers are merged into the index under the referrers tag") {
  auto body = [&](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
    const oci::Descriptor a = referrer("a");
    const oci::Descriptor b = referrer("b");
    const oci::Descriptor c = referrer("c");
    const std::vector<oci::Descriptor> both = {b, a};
    co_await add(session, repository, both);
    std::vector<oci::Digest> expected = {a.digest, b.digest};
    std::ranges::sort(expected);
    CHECK(listed(server) == expected);
    CHECK(requests(server) == "GET 404, PUT 201");

    co_await add(session, repository, both);
    CHECK(requests(server) == "GET 404, PUT 201, GET 200");

    const std::vector<oci::Descriptor> more = {a, c, c};
    co_await add(session, repository, more);
    expected.push_back(c.digest);
    CHECK(listed(server) == expected);
  };
  with_repository({.referrers = false}, body);
}

TEST_CASE("entries of other clients in a referrers tag stay as they are") {
  auto body = [&](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
    const std::string entry = R"({"digest":")" + sha256("z").text() +
                              R"(","x":1,"mediaType":"application/vnd.oci.image.manifest.v1+json","size":1})";
    const std::string index = R"({"annotations":{"k":"v"},"schemaVersion":2,"manifests":[)" + entry + "]}";
    const std::string tag = registry::referrers_tag(sha256(image));
    server.store().put_manifest("a/b", tag, std::string(oci::media_type::oci_index), Content::of(index));
    const std::vector<oci::Descriptor> one = {referrer("a")};
    co_await add(session, repository, one);
    const auto stored = server.store().manifest("a/b", tag);
    const std::string_view text = stored->content.text();
    CHECK(text.find(R"({"annotations":{"k":"v"},"schemaVersion":2,"manifests":[)" + entry + ",") == 0);
    CHECK(listed(server).size() == 2);

    server.store().put_manifest("a/b", tag, std::string(oci::media_type::oci_manifest), Content::of(image));
    const Error error = co_await error_of(add(session, repository, one));
    CHECK(error.kind() == ErrorKind::bad_input);
    CHECK(server.store().manifest("a/b", tag)->content.text() == image);
  };
  with_repository({}, body);
}

TEST_CASE("a referrers tag that other clients change is merged again, up to three times") {
  const std::vector<oci::Descriptor> one = {referrer("a")};
  for (const int times : {3, 4}) {
    CAPTURE(times);
    auto body = [&](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
      server.add_fault("PUT * " + std::to_string(times) + " status 412");
      if (times == 3) {
        co_await add(session, repository, one);
        CHECK(listed(server).size() == 1);
      } else {
        const Error error = co_await error_of(add(session, repository, one));
        CHECK(error.kind() == ErrorKind::unavailable);
      }
      CHECK(server.asked("GET") == 4);
    };
    with_repository({}, body);
  }
}

TEST_CASE("a change of the referrers tag in the meantime is noticed by its entity tag") {
  const std::string tag = registry::referrers_tag(sha256(image));
  const std::string index = R"({"schemaVersion":2,"manifests":[]})";
  const std::string old = '"' + sha256("old").text() + '"';
  const std::vector<oci::Descriptor> one = {referrer("a")};
  for (const bool always : {false, true}) {
    auto body = [&](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
      server.store().put_manifest("a/b", tag, std::string(oci::media_type::oci_index), Content::of(index));
      // With entity tags that match nothing, nothing can be noticed.
      server.add_fault("GET * "s + (always ? "*" : "1") + " header ETag " + old);
      co_await add(session, repository, one);
      CHECK(listed(server).size() == 1);
      CHECK(requests(server) == "GET 200, PUT 412, GET 200, PUT 201");
    };
    with_repository({}, body);
  }
}
