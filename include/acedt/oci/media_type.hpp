#pragma once

#include <string_view>

namespace acedt::oci {

namespace media_type {
inline constexpr std::string_view oci_index = "application/vnd.oci.image.index.v1+json";
inline constexpr std::string_view oci_manifest = "application/vnd.oci.image.manifest.v1+json";
inline constexpr std::string_view oci_artifact = "application/vnd.oci.artifact.manifest.v1+json";
inline constexpr std::string_view docker_list = "application/vnd.docker.distribution.manifest.list.v2+json";
inline constexpr std::string_view docker_manifest = "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr std::string_view oci_config = "application/vnd.oci.image.config.v1+json";
inline constexpr std::string_view docker_config = "application/vnd.docker.container.image.v1+json";
}  // namespace media_type

/// The annotations that the program interprets. The reference's `mirror gather` writes the annotations vnd.act3-ace.*.
namespace annotation {
inline constexpr std::string_view ref_name = "org.opencontainers.image.ref.name";
inline constexpr std::string_view source = "vnd.act3-ace.manifest.source";
inline constexpr std::string_view extra_manifests = "vnd.act3-ace.data.extra-manifests";
inline constexpr std::string_view deduplicated_size = "vnd.act3-ace.data.layer.size.deduplicated";
inline constexpr std::string_view serialization_version = "vnd.act3-ace.data.serialization.version";
inline constexpr std::string_view tool_version = "vnd.act3-ace.data.version";
}  // namespace annotation

/// The Accept header for manifests: the five manifest types above (OCI distribution-spec v1.1, "Pulling
/// manifests").
inline constexpr std::string_view manifest_accept =
    "application/vnd.docker.distribution.manifest.v2+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.oci.image.index.v1+json, "
    "application/vnd.oci.artifact.manifest.v1+json";

/// Returns `media_type` without parameters such as "; charset=utf-8" and the blanks around it. Points into
/// `media_type`.
std::string_view without_parameters(std::string_view media_type);

/// How content is read: three kinds of manifests, which refer to other content, and everything else.
enum class ContentKind { index, image, artifact, blob };

/// Returns the kind of `media_type`, without regard to parameters such as "; charset=utf-8". Unknown types are blobs.
ContentKind content_kind(std::string_view media_type);

/// Returns whether content of `media_type` refers to other content.
inline bool is_manifest(std::string_view media_type) {
  return content_kind(media_type) != ContentKind::blob;
}

/// Returns whether `media_type` is a manifest of docker's, which has no `subject`.
bool is_docker(std::string_view media_type);

}  // namespace acedt::oci
