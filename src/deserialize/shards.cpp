#include "deserialize/shards.hpp"

#include <simdjson.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/base/file.hpp"
#include "acedt/base/text.hpp"

namespace acedt::deserialize {
namespace {

namespace fs = std::filesystem;

std::string file_of(const plan::Shard& shard) {
  return "shard-" + std::to_string(shard.index) + "-of-" + std::to_string(shard.count) + ".json";
}

bool is_result(const std::string& file) {
  return file.starts_with("shard-") && file.ends_with(".json");
}

/// Returns the blobs that a result for `destination` lists; nullopt if it is for another destination. Throws
/// Error(bad_input) if `text` is not a result.
std::optional<std::vector<oci::Digest>> parse(const std::string& text, std::string_view destination) {
  const Error malformed(ErrorKind::bad_input, "not the result of a shard");
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  std::string_view of;
  std::int64_t version = 0;
  simdjson::dom::array listed;
  if (parser.parse(text).get(root) != simdjson::SUCCESS || root["version"].get(version) != simdjson::SUCCESS ||
      version != 1 || root["destination"].get(of) != simdjson::SUCCESS ||
      root["blobs"].get(listed) != simdjson::SUCCESS)
    throw Error(malformed);
  if (of != destination) return std::nullopt;
  std::vector<oci::Digest> blobs;
  for (const simdjson::dom::element one : listed) {
    std::string_view digest;
    if (one.get(digest) != simdjson::SUCCESS) throw Error(malformed);
    blobs.push_back(oci::Digest::parse(digest));
  }
  return blobs;
}

void sort(std::vector<oci::Digest>& digests) {
  std::ranges::sort(digests);
  const auto repeated = std::ranges::unique(digests);
  digests.erase(repeated.begin(), repeated.end());
}

}  // namespace

void keep_share(std::vector<ArchivePlan>& plans, const plan::Shard& shard) {
  plan::Division division(shard.count);
  std::map<oci::Digest, unsigned> owners;
  const auto is_of_another = [&](const ArchivePlan::Blob& blob) {
    const auto [owner, is_new] = owners.try_emplace(blob.found.digest);
    if (is_new) owner->second = division.next(blob.found.size);
    return owner->second != shard.index;
  };
  for (ArchivePlan& plan : plans) {
    std::erase_if(plan.blobs, is_of_another);
    plan.manifests.clear();
    plan.needs.clear();
    plan.tag.clear();
    plan.other_tags.clear();
  }
}

ShardResults::ShardResults(fs::path folder, const oci::Reference& destination, const Disk& disk)
    : folder_(std::move(folder)), destination_(destination.registry + '/' + destination.repository), disk_(disk) {}

void ShardResults::write(const plan::Shard& shard, std::vector<oci::Digest> blobs) const {
  sort(blobs);
  std::string list;
  for (const oci::Digest& blob : blobs) list += (list.empty() ? "\n    \"" : ",\n    \"") + blob.text() + '"';
  disk_.make_directory(folder_);
  replace_file(folder_ / file_of(shard),
               "{\n  \"version\": 1,\n  \"destination\": \"" + json_escaped(destination_) + "\",\n  \"shard\": \"" +
                   shard.text() + "\",\n  \"blobs\": [" + list + (list.empty() ? "" : "\n  ") + "]\n}\n",
               disk_);
}

ShardResults::Found ShardResults::read() const {
  Found found;
  if (!disk_.exists(folder_)) return found;
  for (const std::string& file : disk_.list(folder_)) {
    const auto text = is_result(file) ? read_if_there(folder_ / file, disk_) : std::nullopt;
    if (!text) continue;
    try {
      const auto blobs = parse(*text, destination_);
      if (!blobs) continue;
      found.blobs.insert(found.blobs.end(), blobs->begin(), blobs->end());
      found.files.push_back(folder_ / file);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::bad_input) throw;
      found.warnings.push_back((folder_ / file).string() + ": " + error.what() + ": ignored");
    }
  }
  sort(found.blobs);
  return found;
}

void mark_vouched(std::vector<ArchivePlan>& plans, std::span<const oci::Digest> blobs) {
  for (ArchivePlan& plan : plans)
    for (ArchivePlan::Blob& blob : plan.blobs) blob.is_vouched = std::ranges::binary_search(blobs, blob.found.digest);
}

}  // namespace acedt::deserialize
