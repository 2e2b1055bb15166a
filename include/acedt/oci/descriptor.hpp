#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "acedt/base/units.hpp"
#include "acedt/oci/digest.hpp"

namespace acedt::oci {

/// Where an image runs (OCI image-spec v1.1 image-index.md, "platform").
struct Platform {
  std::string architecture = {};
  std::string os = {};
  std::string os_version = {};
  std::vector<std::string> os_features = {};
  std::string variant = {};

  bool operator==(const Platform&) const = default;
};

/// A reference from one document to other content: type, digest and size (OCI image-spec v1.1 descriptor.md).
///
/// Fields that the specification does not define are dropped when it is read.
struct Descriptor {
  std::string media_type;
  Digest digest;
  Bytes size = {};
  std::vector<std::string> urls = {};
  std::map<std::string, std::string> annotations = {};
  std::optional<std::string> data = {};  ///< the content itself, decoded from Base64
  std::optional<Platform> platform = {};
  std::string artifact_type = {};

  bool operator==(const Descriptor&) const = default;
};

/// Returns the value of `key` in `annotations`, or an empty text.
std::string_view annotation_of(const std::map<std::string, std::string>& annotations, std::string_view key);

/// Returns the platform that this program was built for, in Go's names ("linux", "amd64"); empty if it has none.
Platform native_platform();

}  // namespace acedt::oci
