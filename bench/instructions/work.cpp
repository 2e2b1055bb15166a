// Does fixed work, one part after another, and prints their names: what count.py counts the instructions of.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "acedt/base/text.hpp"
#include "acedt/codec/compression.hpp"
#include "acedt/codec/hasher.hpp"
#include "acedt/http/message_reader.hpp"
#include "acedt/oci/manifest.hpp"
#include "acedt/plan/dedup.hpp"
#include "acedt/plan/graph.hpp"
#include "acedt/plan/layout.hpp"
#include "acedt/tar/header.hpp"
#include "acedt/tar/reader.hpp"
#include "bench/micro/input.hpp"

/// Its instructions are those that count; callgrind knows it by this name.
extern "C" [[gnu::noinline]] void acedt_counted(const std::function<void()>* work) {
  (*work)();
  asm volatile("");  // else the call is a jump, of which callgrind does not see the end
}

namespace acedt {
namespace {

void part(const char* name, const std::function<void()>& work) {
  std::puts(name);
  acedt_counted(&work);
}

void expect(bool held) {
  if (!held) std::abort();
}

void read_responses(const std::string& wire, int count) {
  http::ResponseReader reader;
  for (; count > 0; --count) {
    reader.start(false);
    auto left = as_bytes(wire);
    for (bool done = false; !done;) {
      std::size_t used = 0;
      const auto step = reader.feed(left, used);
      left = left.subspan(used);
      expect(!std::holds_alternative<http::ResponseReader::Malformed>(step));
      done = std::holds_alternative<http::ResponseReader::Done>(step);
    }
  }
}

void read_tar(const std::string& archive) {
  tar::Reader reader;
  auto left = as_bytes(archive);
  for (bool done = false; !done;) {
    std::size_t used = 0;
    const auto step = reader.feed(left, used);
    left = left.subspan(used);
    expect(!std::holds_alternative<tar::Reader::Malformed>(step));
    done = std::holds_alternative<tar::Reader::End>(step);
  }
}

void fill_and_ask(const std::vector<oci::Digest>& digests) {
  plan::Dedup dedup(plan::DedupScope::folder, {1, 2});
  const auto archive = dedup.add_archive("000001-a.tar", "a");
  for (const oci::Digest& digest : digests) dedup.add(archive, digest, 1_B, tar::Location{512, 0});
  for (const oci::Digest& digest : digests) expect(dedup.holder("b", digest, 1_B) == archive);
}

void plan_image(const std::string& json) {
  const oci::Descriptor root{std::string(oci::media_type::oci_manifest),
                             codec::digest_of(oci::Algorithm::sha256, as_bytes(json)),
                             {json.size()}};
  plan::Discovery discovery(root);
  discovery.take_needed();
  const plan::Document document{json, oci::Manifest::parse(root.media_type, json)};
  discovery.add(root.digest, {std::make_shared<const plan::Document>(document)});
  const plan::Graph graph = plan::walk(root, discovery.nodes());
  const plan::Layout layout = plan::lay_out(graph, std::vector<bool>(graph.entries.size(), true), {"1"});
  expect(layout.contents.size() == graph.entries.size());
}

void encode(codec::Compression compression, const std::string& content, bool compresses) {
  codec::FrameEncoder encoder(compression, codec::level_range(compression).default_level);
  const auto bytes = as_bytes(content);
  expect(encoder.encode(bytes).has_value() == compresses);
  if (!compresses) expect(!codec::StoredFrame(compression, bytes).buffers().empty());
}

void all() {
  const std::string wire = bench::response(4096);
  part("1000 responses of 4 kB", [&] { read_responses(wire, 1000); });

  const std::string random = bench::random_bytes(4 << 20);
  const auto mebibyte = as_bytes(random).first(1 << 20);
  part("SHA-256 of 1 MiB", [&] { codec::digest_of(oci::Algorithm::sha256, mebibyte); });
  part("SHA-256 of 1000 times 64 bytes", [&] {
    codec::Hasher hasher(oci::Algorithm::sha256);
    for (int i = 0; i < 1000; ++i) {
      hasher.update(mebibyte.first(64));
      hasher.finish();
    }
  });

  const std::string image = bench::image_manifest(20);
  part("1000 image manifests", [&] {
    for (int i = 0; i < 1000; ++i) oci::Manifest::parse(oci::media_type::oci_manifest, image);
  });
  const std::string large_image = bench::image_manifest(1000);
  part("plan of an image of 1000 blobs", [&] { plan_image(large_image); });

  std::string archive;
  part("1000 tar headers", [&] {
    for (int i = 0; i < 1000; ++i) {
      archive += tar::file_header("blobs/sha256/" + std::string(64, 'a'), {512});
      archive.append(512, 'x');
    }
  });
  archive.append(tar::end_of_archive.count, '\0');
  part("reading 1000 entries of a tar", [&] { read_tar(archive); });

  std::vector<oci::Digest> digests;
  for (std::uint64_t i = 0; i < 100'000; ++i) digests.push_back(oci::Digest::parse(bench::digest_text(i)));
  part("dedup of 100 000 digests", [&] { fill_and_ask(digests); });

  const std::string text = bench::log_text(1 << 20);
  part("zstd frame of 1 MiB of text", [&] { encode(codec::Compression::zstd, text, true); });
  part("gzip frame of 1 MiB of text", [&] { encode(codec::Compression::gzip, text, true); });
  part("zstd frame of 4 MiB that do not compress", [&] { encode(codec::Compression::zstd, random, false); });
  part("gzip frame of 4 MiB that do not compress", [&] { encode(codec::Compression::gzip, random, false); });
}

}  // namespace
}  // namespace acedt

int main() {
  acedt::all();
}
