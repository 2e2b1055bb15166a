#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "acedt/base/units.hpp"
#include "acedt/oci/digest.hpp"
#include "acedt/oci/platform.hpp"

namespace acedt::oci {

/// What a manifest says of another piece of content (OCI image-spec v1.1 descriptor.md).
///
/// `data` holds decoded bytes. Fields that the specification does not know are dropped on reading.
struct Descriptor {
  std::string media_type;
  Digest digest;
  Bytes size = {};
  std::vector<std::string> urls = {};
  std::map<std::string, std::string> annotations = {};
  std::optional<std::string> data = {};
  std::optional<Platform> platform = {};
  std::string artifact_type = {};

  bool operator==(const Descriptor&) const = default;
};

/// The value of `key` among `annotations`; empty where there is none.
std::string_view annotation_of(const std::map<std::string, std::string>& annotations, std::string_view key);

}  // namespace acedt::oci
