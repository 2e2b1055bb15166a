#pragma once

#include <string_view>

/// Artifacts with known bytes, as the reference stores them with the tool version "1.16.1".
///
/// `first_index` and `index` are the two index.json of the archive, `tar_size` and `tar_sha256` that of the plain tar
/// without and with manifest.json in it.
namespace acedt::testing {

inline constexpr std::string_view tool_version = "1.16.1";

/// An OCI image manifest without layers.
namespace v1 {

inline constexpr std::string_view reference = "reg.example.com/t/v:v1";

inline constexpr std::string_view manifest =
    R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",)"
    R"("config":{"mediaType":"application/vnd.oci.empty.v1+json",)"
    R"("digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2},)"
    R"("layers":[]})";
inline constexpr std::string_view manifest_digest =
    "sha256:1ccb399e44f3e0ec86bb1a95031c6b9f81ac77860556a81a90acb79bab8005d9";

inline constexpr std::string_view config = "{}";
inline constexpr std::string_view config_digest =
    "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

/// 564 bytes, first and second.
inline constexpr std::string_view index = R"({
  "schemaVersion": 2,
  "mediaType": "application/vnd.oci.image.index.v1+json",
  "manifests": [
    {
      "mediaType": "application/vnd.oci.image.manifest.v1+json",
      "digest": "sha256:1ccb399e44f3e0ec86bb1a95031c6b9f81ac77860556a81a90acb79bab8005d9",
      "size": 239,
      "annotations": {
        "org.opencontainers.image.ref.name": "reg.example.com/t/v:v1"
      }
    }
  ],
  "annotations": {
    "vnd.act3-ace.data.layer.size.deduplicated": "0",
    "vnd.act3-ace.data.serialization.version": "2",
    "vnd.act3-ace.data.version": "1.16.1"
  }
})";

inline constexpr std::string_view manifest_json = "[]";

inline constexpr unsigned tar_size = 8192;
inline constexpr std::string_view tar_sha256 = "22ad001f59f4abac8279660abd2e0cae08db6c6eb884f166c529052f46cf6098";
inline constexpr unsigned tar_size_with_manifest_json = 9216;
inline constexpr std::string_view tar_sha256_with_manifest_json =
    "4b34a5527a0e5affbc314608a4eedc186b4e7ad714f6889cd6d8fa96e13f8964";

}  // namespace v1

/// A gather artifact: an index with one image in it.
namespace g1 {

inline constexpr std::string_view reference = "reg.example.com/t/v:g1";

inline constexpr std::string_view root =
    R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json",)"
    R"("artifactType":"application/vnd.act3-ace.data.gather+json",)"
    R"("manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json",)"
    R"("digest":"sha256:19761fd1967c41da1099baf8026aa11d46ef4269fcbc50bf0738ec888c7997b0","size":394,)"
    R"("annotations":{"data.act3-ace.io/labels":"{\"k\":\"v\"}",)"
    R"("org.opencontainers.image.ref.name":"src.example.com/app:1",)"
    R"("vnd.act3-ace.manifest.source":"src.example.com/app:1"},"platform":{"architecture":"amd64",)"
    R"("os":"linux"}}],"annotations":{"note":"a<b>&c","vnd.act3-ace.data.layer.size.deduplicated":"48",)"
    R"("vnd.act3-ace.data.layer.size.total":"48","vnd.act3-ace.data.version":"1.16.1"}})";
inline constexpr std::string_view root_digest =
    "sha256:55784ffdd0dac98d6a866a36b1ae864d820cfe91d3e8a7de3c7f06038f43a07f";

inline constexpr std::string_view image =
    R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",)"
    R"("config":{"mediaType":"application/vnd.oci.image.config.v1+json",)"
    R"("digest":"sha256:9d99a75171aea000c711b34c0e5e3f28d3d537dd99d110eafbfbc2bd8e52c2bf","size":37},)"
    R"("layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar",)"
    R"("digest":"sha256:f7c29f8fe34e77a4bc879afe7d1d475c3baa4d20111562eb65a4753a3630f37f","size":11}]})";
inline constexpr std::string_view image_digest =
    "sha256:19761fd1967c41da1099baf8026aa11d46ef4269fcbc50bf0738ec888c7997b0";

inline constexpr std::string_view config = R"({"architecture":"amd64","os":"linux"})";
inline constexpr std::string_view config_digest =
    "sha256:9d99a75171aea000c711b34c0e5e3f28d3d537dd99d110eafbfbc2bd8e52c2bf";

inline constexpr std::string_view layer = "hello layer";
inline constexpr std::string_view layer_digest =
    "sha256:f7c29f8fe34e77a4bc879afe7d1d475c3baa4d20111562eb65a4753a3630f37f";

/// 562 bytes: the root only.
inline constexpr std::string_view first_index = R"({
  "schemaVersion": 2,
  "mediaType": "application/vnd.oci.image.index.v1+json",
  "manifests": [
    {
      "mediaType": "application/vnd.oci.image.index.v1+json",
      "digest": "sha256:55784ffdd0dac98d6a866a36b1ae864d820cfe91d3e8a7de3c7f06038f43a07f",
      "size": 681,
      "annotations": {
        "org.opencontainers.image.ref.name": "reg.example.com/t/v:g1"
      }
    }
  ],
  "annotations": {
    "vnd.act3-ace.data.layer.size.deduplicated": "48",
    "vnd.act3-ace.data.serialization.version": "2",
    "vnd.act3-ace.data.version": "1.16.1"
  }
})";

/// 1051 bytes: all manifests.
inline constexpr std::string_view index = R"({
  "schemaVersion": 2,
  "mediaType": "application/vnd.oci.image.index.v1+json",
  "manifests": [
    {
      "mediaType": "application/vnd.oci.image.index.v1+json",
      "digest": "sha256:55784ffdd0dac98d6a866a36b1ae864d820cfe91d3e8a7de3c7f06038f43a07f",
      "size": 681,
      "annotations": {
        "org.opencontainers.image.ref.name": "reg.example.com/t/v:g1"
      }
    },
    {
      "mediaType": "application/vnd.oci.image.manifest.v1+json",
      "digest": "sha256:19761fd1967c41da1099baf8026aa11d46ef4269fcbc50bf0738ec888c7997b0",
      "size": 394,
      "annotations": {
        "data.act3-ace.io/labels": "{\"k\":\"v\"}",
        "org.opencontainers.image.ref.name": "src.example.com/app:1",
        "vnd.act3-ace.manifest.source": "src.example.com/app:1"
      },
      "platform": {
        "architecture": "amd64",
        "os": "linux"
      }
    }
  ],
  "annotations": {
    "vnd.act3-ace.data.layer.size.deduplicated": "48",
    "vnd.act3-ace.data.serialization.version": "2",
    "vnd.act3-ace.data.version": "1.16.1"
  }
})";

/// 269 bytes.
inline constexpr std::string_view manifest_json = R"([
  {
    "Config": "blobs/sha256/9d99a75171aea000c711b34c0e5e3f28d3d537dd99d110eafbfbc2bd8e52c2bf",
    "RepoTags": [
      "src.example.com/app:1"
    ],
    "Layers": [
      "blobs/sha256/f7c29f8fe34e77a4bc879afe7d1d475c3baa4d20111562eb65a4753a3630f37f"
    ]
  }
])";

inline constexpr unsigned tar_size = 11264;
inline constexpr std::string_view tar_sha256 = "d1fd9020e674f35c696c5915669a4b9d28ebb417c632a661bcdcbdda545e60af";
inline constexpr unsigned tar_size_with_manifest_json = 12288;
inline constexpr std::string_view tar_sha256_with_manifest_json =
    "a7c538018513f28715e5468aeeb22b70c9db4fb4656882b500aedd79e9254b43";

}  // namespace g1

}  // namespace acedt::testing
