#pragma once

#include "acedt/serialize/run.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "acedt/archive/scan.hpp"
#include "acedt/sync/archive_name.hpp"
#include "support/scratch.hpp"
#include "support/sha256.hpp"
#include "support/vectors.hpp"
#include "tools/registry/registry.hpp"

namespace acedt::testing {

/// Records all events of a run, and may react to them.
class Recorder : public report::Observer {
 public:
  std::vector<report::What> events = {};
  std::function<void(const report::What&)> react = {};

  void on(const report::Event& event) override {
    events.push_back(event.what);
    if (react) react(event.what);
  }
  void tick(std::chrono::steady_clock::time_point, const report::Counters&) override {}

  template <class Kind>
  std::vector<Kind> all() const {
    std::vector<Kind> found;
    for (const report::What& event : events) {
      if (const auto* one = std::get_if<Kind>(&event)) found.push_back(*one);
    }
    return found;
  }
};

inline std::string json_of(std::string_view media_type, std::string_view content, std::string_view more = "") {
  return R"({"mediaType":")" + std::string(media_type) + R"(","digest":")" + sha256(content).text() + R"(","size":)" +
         std::to_string(content.size()) + std::string(more) + "}";
}

/// Returns an image manifest with these layer descriptors and an embedded config. `more` is inserted as further
/// members.
inline std::string image_with(std::string_view layers, std::string_view more = "") {
  return R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":)" +
         json_of("application/vnd.oci.empty.v1+json", "{}", R"(,"data":"e30=")") + ",\"layers\":[" +
         std::string(layers) + "]" + std::string(more) + "}";
}

/// The same for layers with this content.
inline std::string image_of(const std::vector<std::string>& layers, std::string_view more = "") {
  std::string list;
  for (const std::string& layer : layers) {
    list += (list.empty() ? "" : ",") + json_of("application/vnd.oci.image.layer.v1.tar", layer);
  }
  return image_with(list, more);
}

/// Returns `size` bytes without repetitions.
inline std::string bytes_of(std::size_t size, unsigned seed) {
  std::string text;
  for (std::uint32_t i = 0; text.size() < size; ++i) text += std::to_string(i * 2654435761U + seed);
  text.resize(size);
  return text;
}

inline Log quiet() {
  return {LogLevel::error, [](std::string_view) {}, [] { return std::string(); }};
}

/// A registry, known as reg.example.com, and a sync folder to mirror it into.
class Mirror {
 public:
  Mirror() {
    options.sync_directory = scratch / "sync";
    options.batch_list = scratch / "list.csv";
    options.version = tool_version;
    options.engine.connections = 4;
    options.engine.retry.max_wait = {};  // retry without delay
    options.engine.registries.endpoints["reg.example.com"] = {"http://" + server.address()};
  }

  Registry server{Options{.referrers_page = 1}};
  Scratch scratch;
  serialize::Options options;
  Recorder recorder;

  /// Pushes an image of these layers to reg.example.com/t/v:TAG.
  oci::Digest push(std::string_view tag, const std::vector<std::string>& layers, const std::string& more = "") {
    for (const std::string& layer : layers) server.store().put_blob("t/v", Content::of(layer));
    return server.store().put_manifest("t/v", tag, "", Content::of(image_of(layers, more)));
  }

  /// Runs with rows of name and tag.
  report::RunFinished run(const std::vector<std::pair<std::string, std::string>>& rows,
                          const Disk& disk = Disk::real()) {
    std::string list = "name,artifact\n";
    for (const auto& [name, tag] : rows) list += name + ",reg.example.com/t/v:" + tag + "\n";
    scratch.file("list.csv", list);
    recorder.events.clear();
    return serialize::run(options, recorder, quiet(), disk);
  }

  std::filesystem::path archive(const std::string& file) const { return options.sync_directory / file; }
  std::string tracker() const { return read_file(archive("record-keeping.csv")); }
  /// Returns the names of the archives in the folder, sorted.
  std::vector<std::string> archives() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(options.sync_directory)) {
      std::string name = entry.path().filename();
      if (sync::ArchiveName::parse(name)) names.push_back(std::move(name));
    }
    std::ranges::sort(names);
    return names;
  }
  /// Returns true if `file`, which must be a valid archive, stores this content.
  bool has(const std::string& file, std::string_view content) const {
    const archive::Scan scan = archive::scan(archive(file));
    for (const std::string& problem : scan.problems) FAIL_CHECK(problem);
    const oci::Digest digest = sha256(content);
    return std::ranges::any_of(scan.contents, [&](const archive::Found& found) { return found.digest == digest; });
  }
  /// Returns how often the registry was asked for this blob.
  std::size_t asked_for(std::string_view content) const {
    return server.asked("GET /v2/t/v/blobs/" + sha256(content).text());
  }
  /// Returns the Range fields of the requests for blobs.
  std::vector<std::string> ranges() const {
    std::vector<std::string> ranges;
    for (const LogEntry& entry : server.log()) {
      if (entry.target.find("/blobs/") != std::string::npos) ranges.push_back(entry.range);
    }
    return ranges;
  }
};

}  // namespace acedt::testing
