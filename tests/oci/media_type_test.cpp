#include "acedt/oci/media_type.hpp"

#include <doctest/doctest.h>

#include "acedt/oci/platform.hpp"

using namespace acedt::oci;

TEST_CASE("five media types name other content, all else is a blob") {
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

TEST_CASE("parameters of a media type do not count") {
  CHECK(content_kind("application/vnd.oci.image.index.v1+json; charset=utf-8") == ContentKind::index);
  CHECK(content_kind("application/vnd.oci.image.index.v1+json ;a=b;c=d") == ContentKind::index);
  CHECK(is_docker("application/vnd.docker.distribution.manifest.v2+json;x=y"));
}

TEST_CASE("docker's list and v2 manifest are docker's") {
  CHECK(is_docker(media_type::docker_list));
  CHECK(is_docker(media_type::docker_manifest));
  CHECK(!is_docker(media_type::oci_index));
  CHECK(!is_docker(media_type::docker_config));
}

TEST_CASE("manifests are asked for in all five types") {
  for (const auto type : {media_type::docker_manifest, media_type::docker_list, media_type::oci_manifest,
                          media_type::oci_index, media_type::oci_artifact})
    CHECK(manifest_accept.find(type) != std::string_view::npos);
}

TEST_CASE("this program knows what it was built for") {
  CHECK(!native_platform().os.empty());
  CHECK(!native_platform().architecture.empty());
}
