#pragma once

// The three JSON files of an archive, byte for byte as the reference (written in Go) writes them. `oci-layout` and
// `index.json` make it an OCI image layout; docker load reads `manifest.json`.

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "acedt/oci/descriptor.hpp"
#include "acedt/oci/manifest.hpp"

namespace acedt::oci {

/// The content of `oci-layout` (OCI image-spec v1.1 image-layout.md).
inline constexpr std::string_view oci_layout = R"({"imageLayoutVersion":"1.0.0"})";

/// Returns `index.json`: indented by two spaces, without a final newline, keys and escapes as in Go's encoding/json.
std::string index_json(std::span<const Descriptor> manifests, const std::map<std::string, std::string>& annotations);

/// A manifest of an artifact, and how other manifests refer to it.
struct NamedManifest {
  Descriptor descriptor;                  ///< the first that refers to it
  const Manifest* content = nullptr;      ///< not owned
  std::vector<std::string> sources = {};  ///< the source annotations of all descriptors that refer to it, in order
};

/// Returns docker's `manifest.json`: one entry (Config, RepoTags, Layers) for each image with a source annotation.
///
/// - An image has a config of an image's media type, OCI or docker. Other manifests get no entry.
/// - Docker has no indexes, so one image stands for an index: the first for the platform `own`, else for linux/amd64,
///   else any. Attestations (platform unknown/unknown) do not count; indexes within the index do.
/// - A source is used once, for the first manifest with it that yields an image. Two sources of one image (same config
///   and layers) give one entry with two RepoTags.
/// - A source with neither tag nor digest gets the tag `latest`. One with a digest only gets no RepoTag, as docker
/// would
///   refuse it. A RepoTag occurs once.
///
/// Indented by two spaces, without a final newline; `[]` without an image.
std::string manifest_json(std::span<const NamedManifest> manifests, const Platform& own);

}  // namespace acedt::oci
