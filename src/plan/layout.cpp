// Writer appends entries to a virtual tar stream. Bytes that are known (headers, manifests, padding) collect in the
// open segment; a blob closes it, and its padding starts the next one. So the offsets of all contents are known at the
// end, and different connections can write their blobs at the same time.

#include "acedt/plan/layout.hpp"

#include <map>
#include <set>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/oci/layout.hpp"
#include "acedt/tar/header.hpp"

namespace acedt::plan {
namespace {

/// Appends to a tar stream and records all offsets.
class Writer {
 public:
  void bytes(std::string_view text) {
    open_.text += text;
    open_.size += Bytes{text.size()};
  }

  void file(std::string_view name, std::string_view content) {
    bytes(tar::file_header(name, {content.size()}));
    bytes(content);
    zeros(tar::padding({content.size()}));
  }

  /// Appends a manifest or blob; `known` is null if its bytes will be fetched.
  void content(const oci::Descriptor& descriptor, const std::string* known) {
    make_directories(descriptor.digest.algorithm());
    const std::string path = descriptor.digest.blob_path();
    const Bytes header = tar::file_header_size(path, descriptor.size);
    const Bytes offset = open_.blob_offset() + header;
    layout_.contents.push_back({descriptor.digest, descriptor.size, offset});
    if (known != nullptr) return file(path, *known);
    open_.blob = &descriptor;
    open_.size += header;
    const Bytes padding = tar::padding(descriptor.size);
    layout_.segments.push_back(std::exchange(open_, Segment{offset + descriptor.size, padding, padding}));
  }

  Layout finish() {
    zeros(tar::end_of_archive);
    layout_.size = open_.blob_offset();
    layout_.segments.push_back(std::move(open_));
    return std::move(layout_);
  }

 private:
  void zeros(Bytes count) { bytes(std::string(count.count, '\0')); }

  void make_directories(oci::Algorithm algorithm) {
    if (directories_.empty()) bytes(tar::directory_header("blobs"));
    if (!directories_.insert(algorithm).second) return;
    bytes(tar::directory_header("blobs/" + std::string(oci::name(algorithm))));
  }

  Layout layout_;
  Segment open_{Bytes{0}};
  std::set<oci::Algorithm> directories_;
};

/// Returns the content if it needs no fetching (a manifest, data in the descriptor, the empty blob), else null.
const std::string* known_bytes(const Entry& entry) {
  static const std::string empty;
  if (entry.document) return &entry.document->text;
  if (entry.descriptor.data) return &*entry.descriptor.data;
  return entry.descriptor.size == Bytes{0} ? &empty : nullptr;
}

std::map<std::string, std::string> index_annotations(const Graph& graph, const LayoutOptions& options) {
  const auto& of_root = graph.entries.front().document->manifest.annotations;
  const auto deduplicated = of_root.find(std::string(oci::annotation::deduplicated_size));
  const std::string size = deduplicated == of_root.end() ? "0" : deduplicated->second;
  if (!to_number(size)) {
    throw Error(ErrorKind::bad_input,
                "annotation " + deduplicated->first + " of the root manifest is not a number: " + in_quotes(size))
        .hint("the manifest is malformed: make the artifact again with a current tool");
  }
  std::map<std::string, std::string> annotations = {
      {std::string(oci::annotation::deduplicated_size), size},
      {std::string(oci::annotation::serialization_version), "2"},
      {std::string(oci::annotation::tool_version), options.version},
  };
  if (!options.platforms.empty()) {
    std::string list;
    for (const oci::Digest& digest : graph.other_platforms) list += (list.empty() ? "" : ",") + digest.text();
    annotations.emplace(platforms_annotation, options.platforms);
    annotations.emplace(left_out_annotation, std::move(list));
  }
  if (!options.needs.empty()) {
    std::string list;
    for (const std::string& archive : options.needs)
      list += (list.empty() ? "[\"" : ",\"") + json_escaped(archive) + '"';
    annotations.emplace(needs_annotation, list + ']');
  }
  return annotations;
}

}  // namespace

std::string Segment::bytes() const {
  std::string bytes;
  bytes.reserve(size.count);
  bytes.append(padding.count, '\0').append(text);
  if (blob != nullptr) bytes += tar::file_header(blob->digest.blob_path(), blob->size);
  return bytes;
}

Layout lay_out(const Graph& graph, const std::vector<bool>& stored, const LayoutOptions& options) {
  const auto annotations = index_annotations(graph, options);
  std::vector<oci::Descriptor> listed;
  for (const oci::NamedManifest& manifest : graph.manifests) listed.push_back(manifest.descriptor);

  Writer tar;
  tar.file("oci-layout", oci::oci_layout);
  // The reference puts as manifests what the index.json before the blobs lists, and what that refers to. Referrers it
  // meets later are only blobs to it, on registries that answer HEAD of a manifest for a blob of the same digest.
  const std::size_t first_listed = graph.referrers > 0 ? listed.size() : 1;
  tar.file("index.json", oci::index_json(std::span(listed).first(first_listed), annotations));
  for (std::size_t i = 0; i < graph.entries.size(); ++i) {
    if (stored[i]) tar.content(graph.entries[i].descriptor, known_bytes(graph.entries[i]));
  }
  tar.file("index.json", oci::index_json(listed, annotations));
  if (options.manifest_json) tar.file("manifest.json", *options.manifest_json);
  return tar.finish();
}

}  // namespace acedt::plan
