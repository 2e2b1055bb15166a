#include "acedt/oci/media_type.hpp"

#include "acedt/base/text.hpp"

namespace acedt::oci {

std::string_view without_parameters(std::string_view media_type) {
  return trim(media_type.substr(0, media_type.find(';')));
}

ContentKind content_kind(std::string_view media_type) {
  const std::string_view type = without_parameters(media_type);
  if (type == media_type::oci_index || type == media_type::docker_list) return ContentKind::index;
  if (type == media_type::oci_manifest || type == media_type::docker_manifest) return ContentKind::image;
  if (type == media_type::oci_artifact) return ContentKind::artifact;
  return ContentKind::blob;
}

bool is_docker(std::string_view media_type) {
  const std::string_view type = without_parameters(media_type);
  return type == media_type::docker_list || type == media_type::docker_manifest;
}

}  // namespace acedt::oci
