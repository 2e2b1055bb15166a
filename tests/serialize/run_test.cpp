#include "acedt/serialize/run.hpp"
#include "acedt/engine/failure.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <string>

#include "acedt/base/text.hpp"
#include "acedt/oci/media_type.hpp"
#include "serialize/mirror.hpp"
#include "support/failure.hpp"

using namespace acedt;
using namespace acedt::testing;
using namespace std::literals;

namespace {

using Names = std::vector<std::string>;

const std::string small = "a small layer";
const std::string other = "another layer";

}  // namespace

TEST_CASE("the events of a run are reported as they happen") {
  Mirror mirror;
  const oci::Digest digest = mirror.push("one", {small, other});
  const report::RunFinished finished = mirror.run({{"a", "one"}});
  const Recorder& told = mirror.recorder;
  CHECK(told.all<report::RunStarted>().at(0).rows == 1);
  const auto resolved = told.all<report::ArtifactResolved>().at(0);
  CHECK(resolved.archive == "000001-a.tar");
  CHECK(resolved.artifact == "reg.example.com/t/v:one");
  CHECK(resolved.digest == digest);
  CHECK(resolved.manifests == 1);
  CHECK(told.all<report::BlobStored>().size() == 2);
  const auto committed = told.all<report::ArchiveCommitted>().at(0);
  CHECK(committed.size.count == std::filesystem::file_size(mirror.archive("000001-a.tar")));
  CHECK(std::holds_alternative<report::RunFinished>(told.events.back()));
  CHECK(finished.complete);
  CHECK(finished.archives == 1);
  CHECK(finished.requests == mirror.server.log().size());
}

TEST_CASE("if a row fails, the rows before it are committed, and neither it nor later rows leave an archive") {
  Mirror mirror;
  mirror.push("one", {small});
  mirror.push("three", {other});
  const std::vector<std::pair<std::string, std::string>> rows = {{"a", "one"}, {"b", "two"}, {"c", "three"}};
  const std::string text = failure(ErrorKind::not_found, [&] { mirror.run(rows); });
  CHECK(text.find("list.csv:3: b: reg.example.com/t/v:two: ") != std::string::npos);
  CHECK(mirror.archives() == Names{"000001-a.tar"});
  CHECK(mirror.has("000001-a.tar", small));
  CHECK(split(trim(mirror.tracker()), '\n').size() == 2);
  CHECK_FALSE(mirror.recorder.all<report::RunFinished>().at(0).complete);

  mirror.push("two", {"at last"});
  mirror.run(rows);
  CHECK(mirror.archives() == Names{"000001-a.tar", "000002-b.tar", "000003-c.tar"});
  CHECK(mirror.has("000003-c.tar", other));
}

TEST_CASE("a row is committed even if it shares a manifest with a row after a failed one") {
  Mirror mirror;
  mirror.options.engine.connections = 3;
  mirror.push("one", {small});
  mirror.push("again", {small});
  const oci::Digest busy = mirror.push("busy", {other});
  // The last row requests the manifest first, and its job is still queued when the second row fails.
  mirror.server.add_fault("GET */manifests/" + busy.text() + " * delay 1200");
  mirror.server.add_fault("HEAD */manifests/one * delay 600");
  mirror.server.add_fault("HEAD */manifests/gone * delay 300");
  failure(ErrorKind::not_found, [&] { mirror.run({{"a", "one"}, {"b", "gone"}, {"c", "busy"}, {"d", "again"}}); });
  CHECK(mirror.archives() == Names{"000001-a.tar"});
  CHECK(mirror.has("000001-a.tar", small));
}

TEST_CASE("a second run sends no request") {
  Mirror mirror;
  mirror.push("one", {small});
  mirror.run({{"a", "one"}});
  mirror.server.clear_log();
  const report::RunFinished finished = mirror.run({{"a", "one"}});
  CHECK(mirror.server.log().empty());
  CHECK(finished.complete);
  CHECK(finished.requests == 0);
  CHECK(mirror.recorder.all<report::RowSkipped>().size() == 1);
  CHECK(mirror.archives().size() == 1);
}

TEST_CASE("no blob is left out because of a tag that moved after its archive was carried away") {
  Mirror mirror;
  mirror.push("one", {small});
  mirror.run({{"a", "one"}});
  std::filesystem::remove(mirror.archive(".ace-dt") / "ledger");
  std::filesystem::remove(mirror.archive("000001-a.tar"));
  mirror.push("one", {other});
  mirror.push("two", {small, other});
  mirror.run({{"a", "one"}, {"b", "two"}});
  CHECK(mirror.archives() == Names{"000002-b.tar"});
  CHECK(mirror.has("000002-b.tar", other));
  CHECK_FALSE(mirror.has("000002-b.tar", small));  // the archive that was carried away stores it
  CHECK(read_file(mirror.archive("000002-b.tar")).find("000001-a.tar") != std::string::npos);
}

TEST_CASE("without a ledger, the archives are read to find what they store") {
  Mirror mirror;
  mirror.push("one", {small});
  mirror.push("two", {small, other});
  mirror.run({{"a", "one"}});
  std::filesystem::remove(mirror.archive(".ace-dt") / "ledger");
  mirror.server.clear_log();
  mirror.run({{"a", "one"}, {"b", "two"}});
  CHECK(mirror.asked_for(small) == 0);
  CHECK(mirror.asked_for(other) == 1);
}

TEST_CASE("with --dedup folder, each blob is stored once") {
  Mirror mirror;
  mirror.push("one", {small});
  mirror.push("two", {small, other});
  const report::RunFinished finished = mirror.run({{"a", "one"}, {"b", "two"}});
  CHECK(mirror.has("000001-a.tar", small));
  CHECK_FALSE(mirror.has("000002-b.tar", small));
  CHECK(mirror.asked_for(small) == 1);
  CHECK(finished.shared_size.count >= small.size());
}

TEST_CASE("archives that need archives of other names are counted") {
  Mirror mirror;
  mirror.push("one", {small});
  mirror.push("two", {small, other});
  mirror.push("alone", {"alone"});
  CHECK(mirror.run({{"a", "one"}, {"c", "alone"}}).dependent == 1);  // because of the config that all images share
  CHECK(mirror.run({{"a", "two"}}).dependent == 0);
  CHECK(mirror.run({{"b", "two"}}).dependent == 1);
  const auto committed = mirror.recorder.all<report::ArchiveCommitted>();
  CHECK(committed.back().needs == Names{"000001-a.tar", "000003-a.tar"});
  mirror.options.dedup = plan::DedupScope::name;
  CHECK(mirror.run({{"d", "two"}, {"e", "two"}}).dependent == 0);
}

TEST_CASE("with --dedup name, a blob is stored once for each name") {
  Mirror mirror;
  mirror.options.dedup = plan::DedupScope::name;
  mirror.push("one", {small});
  mirror.push("two", {small, other});
  mirror.run({{"a", "one"}, {"b", "two"}});
  CHECK(mirror.has("000002-b.tar", small));
  mirror.run({{"a", "two"}});
  CHECK_FALSE(mirror.has("000003-a.tar", small));
  CHECK(mirror.has("000003-a.tar", other));
  CHECK(mirror.asked_for(small) == 1);
  CHECK(mirror.asked_for(other) == 1);
}

TEST_CASE("with --dedup none, every archive is complete, and each digest is requested once") {
  for (const auto compression : {codec::Compression::none, codec::Compression::gzip, codec::Compression::zstd}) {
    Mirror mirror;
    mirror.options.dedup = plan::DedupScope::none;
    mirror.options.compression = compression;
    const std::string large = bytes_of(3 << 20, 1);
    mirror.push("one", {small, large});
    mirror.push("two", {large, other});
    mirror.push("three", {large, small});
    mirror.run({{"a", "one"}, {"b", "two"}});
    mirror.run({{"c", "three"}});  // from the ledger
    for (const std::string& name : mirror.archives()) CHECK(mirror.has(name, large));
    CHECK(mirror.archives().size() == 3);
    CHECK(mirror.asked_for(large) == 1);
    CHECK(mirror.asked_for(small) == 1);
    for (const auto& stored : mirror.recorder.all<report::BlobStored>()) CHECK(stored.fetched == 0_B);
  }
}

TEST_CASE("compressed archives store the same content as plain ones") {
  Mirror mirror;
  const std::string large = bytes_of(3 << 20, 2);
  mirror.push("one", {small, large});
  mirror.run({{"a", "one"}});
  const std::uintmax_t plain = std::filesystem::file_size(mirror.archive("000001-a.tar"));
  for (const auto& [compression, suffix] :
       {std::pair(codec::Compression::gzip, ".tar.gz"s), std::pair(codec::Compression::zstd, ".tar.zst"s)}) {
    mirror.options.compression = compression;
    mirror.options.sync_directory = mirror.scratch / ("sync" + suffix);
    mirror.run({{"a", "one"}});
    CHECK(mirror.has("000001-a" + suffix, large));
    CHECK(mirror.has("000001-a" + suffix, small));
    CHECK(std::filesystem::file_size(mirror.archive("000001-a" + suffix)) < plain);
  }
}

TEST_CASE("content that is embedded in its descriptor is not requested") {
  Mirror mirror;
  const std::string layer = json_of("text/plain", small, ",\"data\":\"" + to_base64(as_bytes(small)) + "\"");
  const std::string manifest = image_with(layer);
  mirror.server.store().put_manifest("t/v", "one", "", Content::of(manifest));
  mirror.run({{"a", "one"}});
  CHECK(mirror.server.asked("GET */blobs/*") == 0);
  CHECK(mirror.has("000001-a.tar", small));
  CHECK(mirror.has("000001-a.tar", "{}"));
}

TEST_CASE("embedded content that does not match its digest is refused") {
  Mirror mirror;
  const std::string layer = json_of("text/plain", small, ",\"data\":\"" + to_base64(as_bytes("A small layer"s)) + "\"");
  const std::string manifest = image_with(layer);
  mirror.server.store().put_manifest("t/v", "one", "", Content::of(manifest));
  const std::string text = failure(ErrorKind::corrupt, [&] { mirror.run({{"a", "one"}}); });
  CHECK(text.find(sha256(small).text()) != std::string::npos);
  CHECK(mirror.archives().empty());
}

TEST_CASE("a foreign layer that the registry does not hold is explained") {
  Mirror mirror;
  const std::string layer = json_of("text/plain", small, R"(,"urls":["https://elsewhere.example/layer"])");
  const std::string manifest = image_with(layer);
  mirror.server.store().put_manifest("t/v", "one", "", Content::of(manifest));
  try {
    mirror.run({{"a", "one"}});
    FAIL_CHECK("no error");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::not_found);
    CHECK(error.hint().find("https://elsewhere.example/layer") != std::string::npos);
  }
}

TEST_CASE("a manifest is parsed by the media type that each artifact gives it") {
  Mirror mirror;
  mirror.push("subject", {"subject's layer"});
  const std::string subject = ",\"subject\":" + json_of(oci::media_type::oci_manifest, image_of({"subject's layer"}));
  mirror.push("image", {small}, subject);
  const std::string as_docker = json_of(oci::media_type::docker_manifest, image_of({small}, subject));  // no subject
  const std::string index =
      R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[)" + as_docker + "]}";
  mirror.server.store().put_manifest("t/v", "index", "", Content::of(index));
  mirror.run({{"a", "index"}, {"b", "image"}});
  CHECK_FALSE(mirror.has("000001-a.tar", "subject's layer"));
  CHECK(mirror.has("000002-b.tar", "subject's layer"));
}

TEST_CASE("referrers of an image are mirrored on request") {
  for (const bool recursive : {false, true}) {
    Mirror mirror;
    mirror.options.recursive = recursive;
    const oci::Digest image = mirror.push("one", {small});
    const std::string subject =
        ",\"subject\":" + json_of("application/vnd.oci.image.manifest.v1+json", image_of({small}));
    const oci::Digest signature = mirror.push("", {"signed"}, subject);
    mirror.push("", {"attested"}, subject);
    mirror.run({{"a", "one"}});
    CHECK(mirror.has("000001-a.tar", "signed") == recursive);
    CHECK(mirror.has("000001-a.tar", "attested") == recursive);
    CHECK(mirror.has("000001-a.tar", image_of({"signed"}, subject)) == recursive);
    CHECK(mirror.server.asked("GET */manifests/" + signature.text()) == (recursive ? 1 : 0));
    CHECK(image == sha256(image_of({small})));
  }
}

TEST_CASE("many concurrent rows share common content") {
  Mirror mirror;
  std::vector<std::pair<std::string, std::string>> rows;
  for (int i = 0; i < 300; ++i) {
    const std::string tag = "t" + std::to_string(i);
    mirror.push(tag, {"layer of " + tag, "shared by ten: " + std::to_string(i / 10)});
    rows.emplace_back("name" + std::to_string(i), tag);
  }
  const report::RunFinished finished = mirror.run(rows);
  CHECK(finished.archives == 300);
  CHECK(mirror.server.asked("GET */blobs/*") == 330);
  CHECK(mirror.has("000300-name299.tar", "layer of t299"));
  CHECK_FALSE(mirror.has("000300-name299.tar", "shared by ten: 29"));
}

TEST_CASE("rows whose manifests exceed the memory budget are mirrored a few at a time") {
  const std::string padding = ",\"annotations\":{\"padding\":\"" + std::string(1 << 20, 'x') + "\"}";
  for (const auto compression : {codec::Compression::none, codec::Compression::zstd}) {
    Mirror mirror;
    mirror.options.compression = compression;
    mirror.options.compression_level = 1;
    mirror.options.engine.memory = 100_MiB;
    mirror.options.dedup = plan::DedupScope::none;
    std::vector<std::pair<std::string, std::string>> rows;
    for (int i = 0; i < 14; ++i) {
      const std::string tag = "t" + std::to_string(i % 10);  // the last ones repeat the first ones
      mirror.push(tag, {"layer of " + tag, small}, padding);
      rows.emplace_back("name" + std::to_string(i), tag);
    }
    CHECK(mirror.run(rows).archives == 14);
    CHECK(mirror.has(mirror.archives().back(), "layer of t3"));
  }
}

TEST_CASE("blobs that are copied between archives fit in the window, a few at a time") {
  Mirror mirror;
  mirror.options.compression = codec::Compression::zstd;
  mirror.options.compression_level = 1;
  mirror.options.engine.memory = 72_MiB;
  mirror.options.dedup = plan::DedupScope::none;
  std::vector<std::string> layers;
  for (unsigned i = 0; i < 6; ++i) layers.push_back(bytes_of(2 << 20, i));
  std::vector<std::pair<std::string, std::string>> rows;
  for (const char* tag : {"one", "two", "three", "four"}) {
    mirror.push(tag, layers, ",\"annotations\":{\"tag\":\""s + tag + "\"}");
    rows.emplace_back(tag, tag);
    std::ranges::rotate(layers, layers.begin() + 2);
  }
  CHECK(mirror.run(rows).archives == 4);
  for (const std::string& archive : mirror.archives()) CHECK(mirror.has(archive, layers[0]));
  CHECK(mirror.asked_for(layers[0]) == 1);
}

TEST_CASE("SIGINT leaves committed archives intact, and the next run continues") {
  Mirror mirror;
  mirror.push("one", {small});
  mirror.push("two", {other});
  mirror.server.add_fault("GET */blobs/" + sha256(other).text() + " * hang");
  mirror.recorder.react = [](const report::What& what) {
    if (std::holds_alternative<report::ArchiveCommitted>(what)) std::raise(SIGINT);
  };
  int signal = 0;
  try {
    mirror.run({{"a", "one"}, {"b", "two"}});
  } catch (const engine::Interrupted& interrupted) {
    signal = interrupted.signal;
  }
  CHECK(signal == SIGINT);
  CHECK(mirror.archives() == Names{"000001-a.tar"});
  mirror.server.clear_faults();
  mirror.recorder.react = {};
  mirror.run({{"a", "one"}, {"b", "two"}});
  CHECK(mirror.has("000002-b.tar", other));
}

TEST_CASE("a list that cannot be read is refused with a hint, before anything is created") {
  Mirror mirror;
  mirror.scratch.file("list.csv", "reg.example.com/t/v:one\n");
  const Log quiet(
      LogLevel::error, [](std::string_view) {}, [] { return std::string(); });
  try {
    mirror.options.batch_list = mirror.scratch / "list.csv";
    serialize::run(mirror.options, mirror.recorder, quiet);
    FAIL_CHECK("no error");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    CHECK_FALSE(error.hint().empty());
  }
  CHECK_FALSE(std::filesystem::exists(mirror.options.sync_directory));
}
