#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "serialize/mirror.hpp"
#include "support/failure.hpp"

using namespace acedt;
using namespace acedt::testing;
using namespace std::literals;

// How a blob is transferred over a bad connection.

namespace {

const std::string small = "a small layer";
const std::string large = bytes_of(300'000, 3);

/// A mirror of an image with this layer; its requests meet these faults in order.
struct Troubled : Mirror {
  explicit Troubled(std::string of_layer, const std::vector<std::string>& faults) : layer(std::move(of_layer)) {
    push("one", {layer});
    for (const std::string& fault : faults) server.add_fault("GET */blobs/* " + fault);
  }
  /// Runs, and checks that the archive has the layer.
  void expect_stored() {
    run({{"a", "one"}});
    CHECK(has(archives().at(0), layer));
  }

  std::string layer;
};

using Ranges = std::vector<std::string>;

}  // namespace

TEST_CASE("a transfer that was cut resumes where it broke off") {
  Troubled mirror(large, {"1 cut 100000", "1 cut 50000"});
  mirror.expect_stored();
  CHECK(mirror.ranges() == Ranges{"", "bytes=100000-", "bytes=150000-"});
  CHECK(mirror.recorder.all<report::Retrying>().size() == 2);
  CHECK(mirror.recorder.all<report::Retrying>().at(1).attempt == 2);
}

TEST_CASE("a small blob that was cut resumes too") {
  Troubled mirror(small, {"1 cut 5"});
  mirror.expect_stored();
  CHECK(mirror.ranges() == Ranges{"", "bytes=5-"});
}

TEST_CASE("if the registry ignores ranges, a transfer starts over") {
  for (const std::string& layer : {small, large}) {
    Troubled mirror(layer, {"1 cut 5", "1 ignore-range"});
    mirror.expect_stored();
    CHECK(mirror.asked_for(layer) == 2);
  }
}

TEST_CASE("if the registry ignores ranges, a compressed archive still gets each byte once") {
  Troubled mirror(large, {"1 cut 200000", "1 ignore-range cut 100000", "1 cut 50000", "1 pass"});
  mirror.options.compression = codec::Compression::gzip;
  mirror.expect_stored();
  CHECK(mirror.ranges() == Ranges{"", "", "bytes=200000-", "bytes=250000-"});  // the log omits ignored ranges
}

TEST_CASE("a response with another range than the requested one is refused") {
  Troubled mirror(large, {"1 cut 100000", "1 header Content-Range bytes 100001-299999/300000", "1 pass"});
  mirror.expect_stored();
  CHECK(mirror.ranges() == Ranges{"", "bytes=100000-", ""});
}

TEST_CASE("wrong bytes are fetched again once") {
  for (const std::string& layer : {small, large}) {
    Troubled mirror(layer, {"1 flip 7"});
    mirror.expect_stored();
    CHECK(mirror.ranges() == Ranges{"", ""});
    Troubled worse(layer, {"2 flip 7"});
    const std::string text = failure(ErrorKind::corrupt, [&] { worse.run({{"a", "one"}}); });
    CHECK(text.find("want " + sha256(layer).text()) != std::string::npos);
    CHECK(worse.archives().empty());
  }
}

TEST_CASE("wrong bytes before a cut are not mixed with right ones after a restart") {
  Troubled mirror(large, {"1 flip 7 cut 100000", "1 ignore-range"});
  mirror.expect_stored();
}

TEST_CASE("wrong bytes before a cut do not end up in a compressed archive") {
  Troubled mirror(large, {"1 flip 7 cut 100000", "1 ignore-range"});
  mirror.options.compression = codec::Compression::zstd;
  mirror.expect_stored();
}

TEST_CASE("wrong bytes in a compressed archive are fetched again once, with the bytes after them") {
  Troubled mirror(large, {"1 flip 7"});
  mirror.options.compression = codec::Compression::zstd;
  mirror.expect_stored();
  CHECK(mirror.asked_for(large) == 2);

  Troubled hopeless(large, {"2 flip 7"});
  hopeless.options.compression = codec::Compression::zstd;
  failure(ErrorKind::corrupt, [&] { hopeless.run({{"a", "one"}}); });
  CHECK(hopeless.archives().empty());
}

namespace {

/// More than two pieces.
const std::string huge = bytes_of(24'000'000, 5);

}  // namespace

TEST_CASE("a large blob is fetched in pieces, each byte once") {
  for (const auto compression : {codec::Compression::none, codec::Compression::zstd}) {
    for (const unsigned connections : {1U, 8U}) {
      Troubled mirror(huge, {});
      mirror.options.compression = compression;
      mirror.options.engine.connections = connections;
      mirror.expect_stored();
      CHECK(mirror.ranges().size() >= 2);
      CHECK(mirror.recorder.all<report::RunFinished>().at(0).fetched < Bytes{huge.size() + 10'000});
    }
  }
}

TEST_CASE("pieces are 8 MiB at first, and the last one extends to the end") {
  Troubled mirror(huge, {});
  mirror.options.engine.connections = 1;
  mirror.expect_stored();
  CHECK(mirror.ranges() == Ranges{"bytes=0-8388607", "bytes=8388608-16777215", "bytes=16777216-"});
}

TEST_CASE("a piece that was cut resumes where it broke off, on any connection") {
  for (const auto compression : {codec::Compression::none, codec::Compression::gzip}) {
    Troubled mirror(huge, {"3 cut 1000000"});
    mirror.options.compression = compression;
    mirror.expect_stored();
    CHECK(mirror.recorder.all<report::Retrying>().size() == 3);
    CHECK(mirror.recorder.all<report::RunFinished>().at(0).fetched < Bytes{huge.size() + 10'000});
  }
}

TEST_CASE("if the registry ignores ranges, a large blob comes in one stream") {
  for (const auto compression : {codec::Compression::none, codec::Compression::zstd}) {
    Troubled mirror(huge, {"* ignore-range"});
    mirror.options.compression = compression;
    mirror.expect_stored();
    CHECK(mirror.asked_for(huge) == 1);
  }
}

TEST_CASE("if the registry honours only the first range, the rest comes in one stream") {
  Troubled mirror(huge, {"1 pass", "* ignore-range"});
  mirror.options.engine.connections = 1;
  mirror.expect_stored();
  CHECK(mirror.asked_for(huge) == 2);
}

TEST_CASE("wrong bytes in one piece of a large blob are found, and all of it is fetched again") {
  for (const std::vector<std::string>& faults : {Ranges{"1 flip 7"}, Ranges{"1 pass", "1 flip 7"}}) {
    Troubled mirror(huge, faults);
    mirror.expect_stored();
    CHECK(mirror.recorder.all<report::Retrying>().size() == 1);
  }
}

TEST_CASE("entity tags may differ between the nodes of a registry, as the bytes are verified") {
  Troubled mirror(huge, {"1 header ETag one", "1 header ETag two", "* header ETag one"});
  mirror.expect_stored();
  CHECK(mirror.recorder.all<report::Retrying>().empty());
}

TEST_CASE("a blob whose size differs from its descriptor is refused") {
  for (const std::string& layer : {small, large}) {
    for (const std::string& wrong : {layer + "x", layer.substr(1)}) {
      for (const std::string& fault : {"* pass"s, "* chunked"s}) {
        const bool looks_cut = fault == "* chunked" && wrong.size() < layer.size();
        if (looks_cut) continue;  // retried until the attempts run out
        Troubled mirror(layer, {fault});
        mirror.server.store().put_blob("t/v", sha256(layer), Content::of(wrong));
        CHECK_FALSE(failure(ErrorKind::corrupt, [&] { mirror.run({{"a", "one"}}); }).empty());
        CHECK(mirror.archives().empty());
      }
    }
  }
}

TEST_CASE("blobs are fetched from where the registry redirects to") {
  Registry server(Options{.storage_port = 0, .redirect_blobs = true});
  Mirror mirror;
  mirror.options.engine.registries.endpoints["reg.example.com"] = {"http://" + server.address()};
  server.store().put_blob("t/v", Content::of(large));
  server.store().put_manifest("t/v", "one", "", Content::of(image_of({large})));
  server.add_fault("GET /storage/* 1 cut 100000");
  mirror.run({{"a", "one"}});
  CHECK(mirror.has("000001-a.tar", large));
  CHECK(server.asked("GET /v2/t/v/blobs/*") == 2);  // signed links expire, so each attempt asks the registry
}
