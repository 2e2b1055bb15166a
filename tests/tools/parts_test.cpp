#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "acedt/base/error.hpp"
#include "tools/registry/byte_range.hpp"
#include "tools/registry/corpus.hpp"
#include "tools/registry/fault.hpp"
#include "tools/registry/glob.hpp"
#include "tools/registry/pace.hpp"
#include "tools/registry/route.hpp"
#include "tools/registry/wire.hpp"

using namespace acedt;
using namespace acedt::testing;
using namespace std::literals;

namespace {

std::string sent(const Wire& wire) {
  std::string bytes = wire.head.substr(wire.head.find("\r\n\r\n") + 4);
  for (const Content& piece : wire.body) bytes.append(piece.text());
  return bytes;
}

Wire wire_of(const std::string& fault) {
  const Response response{.status = 200, .body = Content::of("0123456789")};
  return to_wire(response, FaultRule::parse("GET / 1 " + fault).fault, false, true);
}

}  // namespace

TEST_CASE("a pattern with wildcards matches the whole, one without matches what begins with it") {
  for (const auto& [pattern, text] : {std::pair{"/v2/x", "/v2/x/blobs"},
                                      {"*", ""},
                                      {"*/blobs/*", "/v2/a/b/blobs/sha256:1"},
                                      {"a?c", "abc"},
                                      {"*a*b", "xxaybab"},
                                      {"a**", "a"},
                                      {"", "anything"}})
    CHECK_MESSAGE(matches(pattern, text), pattern);
  for (const auto& [pattern, text] : {std::pair{"/v2/x", "/v2/"},
                                      {"*/blobs", "/v2/a/blobs/"},
                                      {"a?c", "ac"},
                                      {"?", ""},
                                      {"*ab", "aba"},
                                      {"a*b*c", "acb"}})
    CHECK_MESSAGE(!matches(pattern, text), pattern);
}

TEST_CASE("a fault rule that cannot be read says why") {
  for (const auto bad : {"",
                         "GET",
                         "GET /",
                         "GET / 1",
                         "GET / 1 explode",
                         "GET / one cut 1",
                         "GET / -1 cut 1",
                         "GET / 1 cut",
                         "GET / 1 cut x",
                         "GET / 1 cut -1",
                         "GET / 1 status",
                         "GET / 1 status 99",
                         "GET / 1 status 600",
                         "GET / 1 status ok",
                         "GET / 1 length 1x",
                         "GET / 1 length +-1",
                         "GET / 1 length 9223372036854775807",
                         "GET / 1 length",
                         "GET / 1 redirect",
                         "GET / 1 without",
                         "GET / 1 header",
                         "GET / 1 cut 1 then",
                         "GET / 1 delay soon",
                         "GET / 1 drop\nGET / 1 drop",
                         "GET / 99999999999999999999 drop"})
    CHECK_THROWS_AS(FaultRule::parse(bad), Error);
  const FaultRule rule = FaultRule::parse("  *  /v2/*  2  delay 5 status 503 retry-after 7 header X a  b ");
  CHECK(rule.method == "*");
  CHECK(rule.left == 2);
  CHECK(rule.fault.delay == 5ms);
  CHECK(rule.fault.status == 503);
  CHECK(rule.fault.retry_after == 7);
  CHECK(rule.fault.set == std::vector{std::pair{"X"s, "a  b"s}});
  CHECK(FaultRule::parse("GET / * length -3").fault.length == -3);
  CHECK(!FaultRule::parse("GET / * length -3").left);
}

TEST_CASE("faults change the bytes on the wire, and nothing else") {
  CHECK(sent(wire_of("pass")) == "0123456789");
  CHECK(sent(wire_of("cut 4")) == "0123");
  CHECK(wire_of("cut 4").ending == Ending::close);
  CHECK(wire_of("cut 4").head.find("Content-Length: 10\r\n") != std::string::npos);
  CHECK(sent(wire_of("cut 40")) == "0123456789");
  CHECK(wire_of("reset 0").ending == Ending::reset);
  CHECK(wire_of("stall 10").ending == Ending::stall);
  CHECK(sent(wire_of("flip 3")) ==
        "012\xcc"
        "456789");
  CHECK(sent(wire_of("flip 0")).size() == 10);
  CHECK(sent(wire_of("flip 10")) == "0123456789");
  CHECK(sent(wire_of("flip 3 cut 4")) == "012\xcc");
  CHECK(wire_of("length +5").head.find("Content-Length: 15\r\n") != std::string::npos);
  CHECK(wire_of("length -20").head.find("Content-Length: 0\r\n") != std::string::npos);
  CHECK(sent(wire_of("chunked")) == "a\r\n0123456789\r\n0\r\n\r\n");
  CHECK(sent(wire_of("chunked cut 2")) == "a\r\n01");
  CHECK(wire_of("drop").head.empty());
  CHECK(wire_of("header content-length 3").head.find("Content-Length: 10") == std::string::npos);
}

TEST_CASE("ranges mean what RFC 9110 says, and bad ones are ignored") {
  auto range = [](std::string_view field) {
    const auto found = parse_range(field, 10);
    return found ? std::to_string(found->first) + '+' + std::to_string(found->count) : "ignored"s;
  };
  CHECK(range("bytes=0-3") == "0+4");
  CHECK(range("bytes=2-") == "2+8");
  CHECK(range("bytes=-3") == "7+3");
  CHECK(range("bytes=-30") == "0+10");
  CHECK(range("bytes=9-99") == "9+1");
  CHECK(range("bytes=10-") == "10+0");
  CHECK(range("bytes=-0") == "10+0");
  for (const auto bad : {"", "bytes", "bytes=", "bytes=-", "bytes=3", "bytes=3-2", "bytes=a-b", "bytes=0-1,3-4",
                         "items=0-1", "bytes=0--1", "bytes=99999999999999999999-"})
    CHECK_MESSAGE(range(bad) == "ignored", bad);
  CHECK(parse_range("bytes=0-", 0)->count == 0);
}

TEST_CASE("paths are taken apart from the right, as repositories contain slashes") {
  using Kind = Route::Kind;
  auto is = [](std::string_view path, Kind kind, std::string_view repository, std::string_view reference) {
    const Route route = Route::parse(path);
    return route.kind == kind && route.repository == repository && route.reference == reference;
  };
  CHECK(is("/v2/", Kind::base, "", ""));
  CHECK(is("/v2/a/b/manifests/v1", Kind::manifest, "a/b", "v1"));
  CHECK(is("/v2/a/blobs/sha256:00", Kind::blob, "a", "sha256:00"));
  CHECK(is("/v2/blobs/blobs/sha256:00", Kind::blob, "blobs", "sha256:00"));
  CHECK(is("/v2/manifests/tags/list", Kind::tags, "manifests", ""));
  CHECK(is("/v2/a/blobs/uploads/", Kind::begin_upload, "a", ""));
  CHECK(is("/v2/a/blobs/uploads", Kind::begin_upload, "a", ""));
  CHECK(is("/v2/a/blobs/uploads/7", Kind::upload, "a", "7"));
  CHECK(is("/v2/a/referrers/sha256:00", Kind::referrers, "a", "sha256:00"));
  for (const auto path : {"", "/", "/v1/", "/v2/a", "/v2/a/manifests", "/v2/a/manifests/b/c", "/v3/a/manifests/b"})
    CHECK_MESSAGE(Route::parse(path).kind == Kind::none, path);
  for (const auto name : {"a", "a/b/c", "a.b", "a_b", "a__b", "a---b", "0/1"}) CHECK_MESSAGE(is_repository(name), name);
  for (const auto name : {"", "/", "a/", "/a", "a//b", "A", "a..b", "a___b", "-a", "a-", "a b", "../a", "a._b"})
    CHECK_MESSAGE(!is_repository(name), name);
}

TEST_CASE("a corpus that cannot be read says why") {
  for (const auto bad :
       {"artifacts", "artifacts=", "artifacts=x", "artifacts=-1", "artifacts=1000001", "blobs=1.5", "size=big",
        "size=2kB-1kB", "size=1kB-", "kind=zip", "kind", "colour=red", "seed=", "x:y=1", "=1"})
    CHECK_THROWS_AS(CorpusSpec::parse(bad), Error);
  const CorpusSpec spec = CorpusSpec::parse("many:artifacts=3, blobs=2,shared=1,size=1KiB-2KiB,kind=text,seed=9");
  CHECK(spec.name == "many");
  CHECK(spec.max_bytes() == 14_KiB);
}

TEST_CASE("a corpus is the same each time, and another one with another seed or name") {
  auto digests = [](const char* text) {
    Store store;
    std::string all;
    for (const auto& name : generate(store, CorpusSpec::parse(text), 1))
      all += store.manifest("bench/" + name, "v1")->digest.text() + ' ';
    return all;
  };
  const auto first = digests("a:artifacts=3,blobs=4,size=1B-3kB");
  CHECK(first == digests("a:artifacts=3,blobs=4,size=1B-3kB"));
  CHECK(first != digests("a:artifacts=3,blobs=4,size=1B-3kB,seed=2"));
  CHECK(first != digests("b:artifacts=3,blobs=4,size=1B-3kB"));
  CHECK(batch_list({"a0001", "a0002"}, "h:1") == "name,artifact\na0001,h:1/bench/a0001:v1\na0002,h:1/bench/a0002:v1\n");
}

TEST_CASE("a paced connection may write its next bytes when the last ones are due") {
  const Pace::Clock::time_point begin(1h);
  Pace pace(Bytes{1000});
  CHECK(pace.at_once(1 << 20) == 20);
  CHECK(pace.wrote(20, begin) == begin + 20ms);
  CHECK(pace.wrote(20, begin + 5ms) == begin + 40ms);
  CHECK(pace.wrote(20, begin + 100ms) == begin + 60ms);
  CHECK(pace.wrote(20, begin + 10s) == begin + 10s + 20ms);
  CHECK(Pace(Bytes{}).at_once(77) == 77);
  CHECK(Pace(Bytes{1}).at_once(77) == 1);
}
