#pragma once

#include "acedt/plan/graph.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace acedt::testing {

inline constexpr std::string_view layer_type = "application/vnd.oci.image.layer.v1.tar";

/// Returns a digest of one repeated hex digit, so that an order of digests reads as a word.
inline oci::Digest digest_of(char name) {
  return oci::Digest::parse("sha256:" + std::string(64, name));
}

inline oci::Descriptor blob(char name, Bytes size = {1}) {
  return {.media_type = std::string(layer_type), .digest = digest_of(name), .size = size};
}

/// Invents content, each with the digest of a letter of its own, and keeps the nodes of its manifests.
class Content {
 public:
  using Descriptors = std::vector<oci::Descriptor>;

  /// Adds an image; the first of `blobs` is its config.
  oci::Descriptor image(char name, Descriptors blobs, std::optional<oci::Descriptor> subject = {}) {
    oci::Manifest manifest{.kind = oci::ContentKind::image, .subject = std::move(subject)};
    manifest.config = blobs.front();
    manifest.layers.assign(blobs.begin() + 1, blobs.end());
    return add(name, oci::media_type::oci_manifest, std::move(manifest));
  }
  oci::Descriptor index(char name, Descriptors manifests, std::optional<oci::Descriptor> subject = {}) {
    oci::Manifest manifest{.kind = oci::ContentKind::index, .subject = std::move(subject)};
    manifest.manifests = std::move(manifests);
    return add(name, oci::media_type::oci_index, std::move(manifest));
  }
  oci::Descriptor artifact(char name, Descriptors blobs, std::optional<oci::Descriptor> subject = {}) {
    oci::Manifest manifest{.kind = oci::ContentKind::artifact, .subject = std::move(subject)};
    manifest.layers = std::move(blobs);
    return add(name, oci::media_type::oci_artifact, std::move(manifest));
  }
  /// Adds referrers of `manifest`.
  void refer(const oci::Descriptor& manifest, Descriptors referrers) {
    for (oci::Descriptor& referrer : referrers) nodes.at(manifest.digest).referrers.push_back({std::move(referrer)});
  }
  /// Adds manifests that the referrers tag of `manifest` lists.
  void claim(const oci::Descriptor& manifest, Descriptors referrers) {
    for (oci::Descriptor& one : referrers) nodes.at(manifest.digest).referrers.push_back({std::move(one), true});
  }

  plan::Nodes nodes = {};

 private:
  oci::Descriptor add(char name, std::string_view media_type, oci::Manifest manifest) {
    plan::Document document{.text = "{}", .manifest = std::move(manifest)};
    nodes[digest_of(name)].document = std::make_shared<const plan::Document>(std::move(document));
    return {.media_type = std::string(media_type), .digest = digest_of(name), .size = {2}};
  }
};

}  // namespace acedt::testing
