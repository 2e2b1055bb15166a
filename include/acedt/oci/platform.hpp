#pragma once

#include <string>
#include <vector>

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

/// The platform that this program was built for, in Go's names ("linux", "amd64").
Platform native_platform();

}  // namespace acedt::oci
