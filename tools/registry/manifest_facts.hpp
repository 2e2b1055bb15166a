#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "acedt/oci/digest.hpp"

namespace acedt::testing {

/// What a registry looks at in a manifest (OCI distribution-spec v1.1, "Pushing Manifests with Subject").
struct ManifestFacts {
  bool is_object = false;  ///< it is JSON, and an object
  std::string media_type = {};
  std::optional<oci::Digest> subject = {};
  std::string artifact_type = {};  ///< its own, else its config's media type
  std::string annotations = {};    ///< JSON; empty where there are none
};

/// Whatever can be found: what is not there or of the wrong type is left out.
ManifestFacts facts_of(std::string_view json);

}  // namespace acedt::testing
