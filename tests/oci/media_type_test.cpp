#include "acedt/oci/media_type.hpp"

#include <doctest/doctest.h>

#include "acedt/oci/descriptor.hpp"

using namespace acedt::oci;

TEST_CASE("five media types are manifests, all others are blobs") {
  CHECK(content_kind(media_type::oci_index) == ContentKind::index);
  CHECK(content_kind(media_type::docker_list) == ContentKind::index);
  CHECK(content_kind(media_type::oci_manifest) == ContentKind::image);
  CHECK(content_kind(media_type::docker_manifest) == ContentKind::image);
  CHECK(content_kind(media_type::oci_artifact) == ContentKind::artifact);
  for (const auto blob : {"", ";", "application/json", "application/vnd.docker.distribution.manifest.v1+prettyjws",
                          "application/vnd.oci.image.config.v1+json", "application/vnd.oci.image.index.v1+json2"}) {
    CHECK(content_kind(blob) == ContentKind::blob);
    CHECK(!is_manifest(blob));
  }
}

TEST_CASE("parameters of a media type are ignored") {
  CHECK(content_kind("application/vnd.oci.image.index.v1+json; charset=utf-8") == ContentKind::index);
  CHECK(content_kind("application/vnd.oci.image.index.v1+json ;a=b;c=d") == ContentKind::index);
  CHECK(is_docker("application/vnd.docker.distribution.manifest.v2+json;x=y"));
}

TEST_CASE("is_docker() knows docker's list and v2 manifest") {
  CHECK(is_docker(media_type::docker_list));
  CHECK(is_docker(media_type::docker_manifest));
  CHECK(!is_docker(media_type::oci_index));
  CHECK(!is_docker(media_type::docker_config));
}

TEST_CASE("the Accept header lists all five types") {
  for (const auto type : {media_type::docker_manifest, media_type::docker_list, media_type::oci_manifest,
                          media_type::oci_index, media_type::oci_artifact})
    CHECK(manifest_accept.find(type) != std::string_view::npos);
}

TEST_CASE("native_platform() has an architecture and an os") {
  CHECK(!native_platform().os.empty());
  CHECK(!native_platform().architecture.empty());
}
