// The referrers tag of a manifest is an index. Every client that pushes a referrer reads it, extends it and puts it
// back. If two clients do so at once, the entries of one are lost. Entity tags prevent this in registries that have
// them.

#include <simdjson.h>

#include <algorithm>
#include <set>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/oci/layout.hpp"
#include "acedt/oci/manifest.hpp"
#include "acedt/oci/media_type.hpp"
#include "acedt/registry/pull.hpp"
#include "acedt/registry/push.hpp"
#include "acedt/registry/referrers.hpp"
#include "registry/put_manifest.hpp"

namespace acedt::registry {
namespace {

namespace dom = simdjson::dom;

constexpr int max_merges = 3;

std::string as_json(std::string_view text) {
  return '"' + json_escaped(text) + '"';
}

/// The JSON of descriptors, as in an index.
std::vector<std::string> entries_of(const std::vector<oci::Descriptor>& descriptors) {
  const std::string index = oci::index_json(descriptors, {});
  dom::parser parser;
  std::vector<std::string> entries;
  for (const dom::element entry : parser.parse(index)["manifests"].get_array())
    entries.push_back(simdjson::minify(entry));
  return entries;
}

/// Returns `index` with `entries` at the end of its manifests, and everything else unchanged.
std::string with_entries(std::string_view index, const std::vector<std::string>& entries) {
  dom::parser parser;
  const std::string whole = with_whole_characters(index);
  const dom::object members = parser.parse(whole).get_object();
  std::string merged = "{";
  for (const auto [key, value] : members) {
    if (key == "manifests") continue;
    merged += as_json(key) + ":" + simdjson::minify(value) + ",";
  }
  merged += "\"manifests\":[";
  std::string separator;
  const auto append = [&](const std::string& entry) { merged += std::exchange(separator, ",") + entry; };
  dom::array manifests;
  if (members["manifests"].get(manifests) == simdjson::SUCCESS)
    for (const dom::element entry : manifests) append(simdjson::minify(entry));
  for (const std::string& entry : entries) append(entry);
  return merged + "]}";
}

/// Returns those of `wanted` that `index` lacks, each once, by digest.
std::vector<oci::Descriptor> missing_in(std::string_view index, std::vector<oci::Descriptor> wanted) {
  std::set<oci::Digest> known;
  for (const oci::Descriptor& one : oci::parse_referrers(index)) known.insert(one.digest);
  std::erase_if(wanted, [&](const oci::Descriptor& one) { return !known.insert(one.digest).second; });
  std::ranges::sort(wanted, {}, &oci::Descriptor::digest);
  return wanted;
}

struct Merge {
  enum class Outcome { done, changed };  ///< changed: by another client in the meantime
  Outcome outcome = Outcome::done;
  std::string entity_tag = {};  ///< of the index that was there
};

async::awaitable<Merge> merge_once(Transport& transport, const Repository& repository, std::string tag,
                                   const std::vector<oci::Descriptor>& referrers, std::string useless_tag) {
  const std::string empty =
      R"({"schemaVersion":2,"mediaType":")" + std::string(oci::media_type::oci_index) + R"(","manifests":[]})";
  const auto there = co_await get_tagged(transport, repository, tag);
  if (there && !oci::is_index(there->text))
    throw Error(ErrorKind::bad_input,
                repository.target.origin.text() + repository.path("manifests", tag) +
                    ": the tag holds something other than a list of referrers, and is left as it is");
  const std::string& index = there ? there->text : empty;
  const std::vector<oci::Descriptor> missing = missing_in(index, referrers);
  Merge merge;
  if (missing.empty()) co_return merge;
  const std::string merged = with_entries(index, entries_of(missing));
  ManifestPut put{tag, std::string(oci::media_type::oci_index), merged};
  if (!there) {
    put.condition = "If-None-Match";
    put.entity_tag = "*";
  } else if (const auto field = there->head.fields.get("ETag"); field && field->starts_with('"')) {
    merge.entity_tag = *field;
    if (*field != useless_tag) {
      put.condition = "If-Match";
      put.entity_tag = *field;
    }
  }
  const auto head = co_await put_manifest(transport, repository, std::move(put));
  if (!head) merge.outcome = Merge::Outcome::changed;
  co_return merge;
}

}  // namespace

async::awaitable<void> add_to_referrers_tag(Transport& transport, const Repository& repository, oci::Digest subject,
                                            std::vector<oci::Descriptor> referrers) {
  const std::string tag = referrers_tag(subject);
  const std::string what = "referrers tag " + tag;
  // The last entity tag that did not match. If the index still has it, its entity tags do not work.
  std::string useless;
  for (int merges = 0; merges <= max_merges; ++merges) {
    const auto attempt = [&](const Repository& at) { return merge_once(transport, at, tag, referrers, useless); };
    const Merge merge = co_await transport.persist<Merge>(repository, what, attempt);
    if (merge.outcome == Merge::Outcome::done) co_return;
    useless = merge.entity_tag;
  }
  throw Error(ErrorKind::unavailable, what + ": other clients keep changing it")
      .hint("run the command again when no other client pushes referrers of this manifest");
}

}  // namespace acedt::registry
