#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "acedt/oci/descriptor.hpp"
#include "acedt/oci/manifest.hpp"

namespace acedt::oci {

/// The content of the file `oci-layout` (OCI image-spec v1.1 image-layout.md).
inline constexpr std::string_view oci_layout = R"({"imageLayoutVersion":"1.0.0"})";

/// The text of `index.json`: two-space indent, no final newline, keys and escapes as Go's encoding/json writes them.
std::string index_json(std::span<const Descriptor> manifests, const std::map<std::string, std::string>& annotations);

/// A manifest of an artifact, with what was said of it where it was named.
struct NamedManifest {
  Descriptor descriptor;
  const Manifest* content = nullptr;      ///< not owned
  std::vector<std::string> sources = {};  ///< every value of the source annotation that it was named with, in order
};

/// The text of docker's `manifest.json`: the images among `manifests` that have a source annotation, in their order.
///
/// Of an index, the child for the platform `own` is taken, then the one for linux/amd64, then the first that is an
/// image; children of platform unknown/unknown (attestations) and children that are not images are no candidates; an
/// index inside is looked into the same way. Without any, the index is left out. A source is used once, for the first
/// of them that has it and gives an image; two sources of one image (same config digest and layers) make one entry with
/// two RepoTags. A source with a digest and no tag gives no RepoTag (docker refuses it); one without either gets
/// `:latest`; a RepoTag is given once. Things that are no images (no image config media type, OCI or docker) get no
/// entry. Two-space indent, keys Config, RepoTags, Layers; `[]` where there is none, and RepoTags `[]` where it has
/// none.
std::string manifest_json(std::span<const NamedManifest> manifests, const Platform& own);

}  // namespace acedt::oci
