#include "acedt/registry/referrers.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "acedt/base/text.hpp"
#include "registry/session.hpp"
#include "support/run.hpp"

using namespace acedt;
using acedt::async::awaitable;
using registry::list_referrers;
using registry::ListedReferrers;
using testing::Content;
using testing::error_of;
using testing::image;
using testing::Registry;
using testing::Session;
using testing::sha256;
using testing::with_image;
using namespace std::literals;

namespace {

std::string referrer(std::string_view name) {
  return R"({"mediaType":"application/vnd.oci.image.manifest.v1+json","artifactType":"t/)" + std::string(name) +
         R"(","subject":{"digest":")" + sha256(image).text() + "\"}}";
}

/// A list with one of them.
std::string list_of(std::string_view name) {
  return R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[)"
         R"({"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":")" +
         sha256("x").text() + R"(","size":1,"artifactType":"t/)" + std::string(name) + R"("}]})";
}

std::vector<std::string> types(const ListedReferrers& listed) {
  std::vector<std::string> types;
  for (const oci::Descriptor& one : listed.descriptors) types.push_back(one.artifact_type);
  return types;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

}  // namespace

TEST_CASE("referrers are listed by the API, page after page") {
  for (const auto& [page, requests] : {std::pair(0U, 1U), std::pair(1U, 3U), std::pair(2U, 2U)}) {
    auto body = [&](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
      for (const auto* name : {"one", "two", "three"}) {
        server.store().put_manifest("a/b", "", "", Content::of(referrer(name)));
      }
      const auto found = co_await list_referrers(session.transport, repository, sha256(image));
      CHECK(types(found) == std::vector{"t/one"s, "t/two"s, "t/three"s});
      CHECK(server.asked("GET /v2/a/b/referrers/") == requests);
    };
    with_image(testing::Options{.referrers_page = page}, body);
  }
}

TEST_CASE("without a referrers API the tag of the digest is read, and the API is not asked again") {
  auto body = [](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
    const std::string tag = "sha256-" + sha256(image).hex();
    server.store().put_manifest("a/b", tag, "", Content::of(list_of("one")));
    const auto found = co_await list_referrers(session.transport, repository, sha256(image));
    CHECK(types(found) == std::vector{"t/one"s});
    CHECK(found.by_tag);
    const auto none = co_await list_referrers(session.transport, repository, sha256("other"));
    CHECK(none.descriptors.empty());
    CHECK(session.warnings.empty());
    CHECK(server.asked("GET */referrers/*") == 1);
    CHECK(server.asked("GET */manifests/sha256-*") == 2);
  };
  with_image(testing::Options{.referrers = false}, body);
}

TEST_CASE("how an endpoint is asked for referrers can be configured") {
  auto body = [](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
    repository.referrers = registry::ReferrersSupport::api;
    const Error error = co_await error_of(list_referrers(session.transport, repository, sha256(image)));
    CHECK(error.kind() == ErrorKind::not_found);
    CHECK_FALSE(error.hint().empty());
    server.clear_log();
    repository.referrers = registry::ReferrersSupport::tag;
    co_await list_referrers(session.transport, repository, sha256(image));
    CHECK(server.asked("GET */referrers/*") == 0);
  };
  with_image(testing::Options{.referrers = false}, body);
}

TEST_CASE("referrers that are no list are refused") {
  auto body = [](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
    server.add_fault("GET */referrers/* * flip 0");
    const Error error = co_await error_of(list_referrers(session.transport, repository, sha256(image)));
    CHECK(error.kind() == ErrorKind::bad_input);
  };
  with_image({}, body);
}

TEST_CASE("a list of referrers is accepted under any media type, and without one") {
  for (const std::string type : {"application/json", "application/json; charset=utf-8", "text/plain", "text/html"}) {
    auto body = [&](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
      server.store().put_manifest("a/b", "", "", Content::of(referrer("one")));
      server.add_fault("GET */referrers/* * header Content-Type " + type);
      const auto found = co_await list_referrers(session.transport, repository, sha256(image));
      CHECK(types(found) == std::vector{"t/one"s});
      CHECK_FALSE(found.by_tag);
      CHECK(session.warnings.empty());
    };
    with_image({}, body);
  }
}

TEST_CASE("a response of the API that is no list is a warning, once per repository, and the tag is read") {
  auto body = [](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
    server.store().put_manifest("a/b", registry::referrers_tag(sha256(image)), "", Content::of(list_of("one")));
    server.add_fault("GET */referrers/* * flip 0 header Content-Type application/json");
    const auto found = co_await list_referrers(session.transport, repository, sha256(image));
    CHECK(types(found) == std::vector{"t/one"s});
    co_await list_referrers(session.transport, repository, sha256("other"));
    REQUIRE(session.warnings.size() == 1);
    CHECK(
        contains(session.warnings[0], "/v2/a/b/referrers/" + sha256(image).text() +
                                          ": is no list of referrers but \"application/json\"; the referrers tag is"));
  };
  with_image({}, body);
}

TEST_CASE("an API that keeps failing with 500 is a warning, and the tag is read") {
  auto body = [](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
    server.store().put_manifest("a/b", registry::referrers_tag(sha256(image)), "", Content::of(list_of("one")));
    server.add_fault("GET */referrers/* * status 500");
    const auto found = co_await list_referrers(session.transport, repository, sha256(image));
    CHECK(types(found) == std::vector{"t/one"s});
    REQUIRE(session.warnings.size() == 1);
    CHECK(contains(session.warnings[0], ": 500 Internal Server Error"));
  };
  with_image({}, body);
}

TEST_CASE("a page of referrers that fails, or is no list, is an error once the API has answered") {
  for (const std::string fault : {"status 404", "flip 0"}) {
    auto body = [&](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
      for (const auto* name : {"one", "two"}) server.store().put_manifest("a/b", "", "", Content::of(referrer(name)));
      server.add_fault("GET */referrers/* 1 pass");
      server.add_fault("GET */referrers/* * " + fault);
      const Error error = co_await error_of(list_referrers(session.transport, repository, sha256(image)));
      CHECK(contains(error.what(), "/referrers/"));
    };
    with_image(testing::Options{.referrers_page = 1}, body);
  }
}

TEST_CASE("a referrers tag with something else is a warning, once per repository") {
  const std::string index = R"({"schemaVersion":2,"manifests":[]})";
  for (const auto& [subject, under_its_tag] : {std::pair(image, image), std::pair(index, index)}) {
    auto body = [&](Registry& server, Session& session, registry::Repository repository) -> awaitable<void> {
      const std::string tag = registry::referrers_tag(sha256(subject));
      server.store().put_manifest("a/b", tag, "", Content::of(under_its_tag));
      for (int i = 0; i < 2; ++i) {
        const auto found = co_await list_referrers(session.transport, repository, sha256(subject));
        CHECK(found.descriptors.empty());
      }
      REQUIRE(session.warnings.size() == 1);
      CHECK(contains(session.warnings[0], "/manifests/" + tag + ": is no list of referrers but "));
    };
    with_image(testing::Options{.referrers = false}, body);
  }
}

TEST_CASE("the referrers tag of a long digest is cut to what a tag may be") {
  const std::string digits(128, 'a');
  CHECK(registry::referrers_tag(oci::Digest::parse("sha512:" + digits)) == "sha512-" + digits.substr(0, 64));
  CHECK(registry::referrers_tag(sha256("x")) == "sha256-" + sha256("x").hex());
}
